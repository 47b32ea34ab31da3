package dev.unroll.bench.peers;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Locale;
import java.util.Optional;

/**
 * PyTorch, in a Python process beside ours that works when it is asked to. It times itself, calls from Python included,
 * as every user of it pays for them; that is some microsecond a call.
 */
final class Torch implements Peer {
    private final Process process;
    private final InputStream answers;
    private final OutputStream requests;
    private final String version;

    /**
     * Starts Python.
     *
     * @param python the interpreter
     * @throws IOException with the reason, if it or PyTorch is not there
     */
    Torch(String python) throws IOException {
        process = new ProcessBuilder(python, "-c", script()).redirectError(Redirect.DISCARD).start();
        answers = new BufferedInputStream(process.getInputStream());
        requests = new BufferedOutputStream(process.getOutputStream(), 1 << 16);
        try {
            version = readLine();
        } catch (EOFException e) {
            close();
            throw new IOException(python + " ended without an answer", e);
        }
        if (!version.startsWith("torch ")) {
            close();
            throw new IOException(python + " cannot import torch (" + version.replaceFirst("^error ", "") + ")");
        }
    }

    private static String script() throws IOException {
        try (InputStream in = Torch.class.getResourceAsStream("torch_peer.py")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Override
    public String name() {
        return "PyTorch";
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public Optional<Contestant> enter(Work work, Inputs inputs, int threads) {
        String type = work.type().name().toLowerCase(Locale.ROOT);
        try {
            return switch (work) {
                case Work.Product product -> {
                    request("product %s %d %d %d %d", type, product.m(), product.n(), product.k(), threads);
                    send(inputs.a().segment());
                    send(inputs.b().segment());
                    yield ready(inputs, work.type(), product.m(), product.n());
                }
                case Work.Nonlinearity f -> {
                    request("activation %s %s %d %d", type, f.name(), f.size(), threads);
                    send(inputs.a().segment());
                    yield ready(inputs, work.type(), f.size());
                }
                case Work.Network network -> {
                    byte[] weights = Networks.weights(network, Files::readAllBytes);
                    request("network %s %s %s %d %d %d %b %d %d %d %d", type, network.name(), network.cell(),
                            network.layers(), network.hidden(), network.inputs(), network.embedded(), network.batch(),
                            network.steps(), weights.length, threads);
                    requests.write(weights);
                    send(inputs.a().segment());
                    send(inputs.b().segment());
                    yield ready(inputs, work.type(), size(network));
                }
                default -> Optional.empty();
            };
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static long size(Work.Network work) {
        return switch (work.use()) {
            case TRAIN, RAGGED -> 1;
            case INFER -> work.elements() * work.inputs();
            case STEP -> work.hidden();
        };
    }

    private Optional<Contestant> ready(Inputs inputs, ElementType type, long... shape) throws IOException {
        requests.flush();
        String answer = readLine();
        if (answer.startsWith("no ")) {
            throw new IOException(answer.substring("no ".length()));
        }
        return answer.equals("ready") ? Optional.of(new Remote(inputs, type, shape)) : Optional.empty();
    }

    /** The work that the process was last told to prepare. */
    private final class Remote implements Contestant {
        private final Inputs inputs;
        private final ElementType type;
        private final long[] shape;

        Remote(Inputs inputs, ElementType type, long... shape) {
            this.inputs = inputs;
            this.type = type;
            this.shape = shape;
        }

        @Override
        public double seconds(int calls) {
            try {
                request("run %d", calls);
                requests.flush();
                return Long.parseLong(readLine()) * 1e-9;
            } catch (IOException e) {
                throw failed(e);
            }
        }

        @Override
        public Optional<Tensor> result() {
            try {
                request("result");
                requests.flush();
                byte[] bytes = answers.readNBytes(Integer.parseInt(readLine()));
                return Optional.of(
                        inputs.allocate(type, shape).tensor().copyFrom(MemorySegment.ofArray(bytes)));
            } catch (IOException e) {
                throw failed(e);
            }
        }
    }

    private void request(String format, Object... arguments) throws IOException {
        String line = String.format(Locale.ROOT, format, arguments) + "\n";
        requests.write(line.getBytes(StandardCharsets.UTF_8));
    }

    private void send(MemorySegment memory) throws IOException {
        byte[] block = new byte[1 << 16];
        for (long at = 0; at < memory.byteSize(); at += block.length) {
            int count = (int) Math.min(block.length, memory.byteSize() - at);
            MemorySegment.copy(memory, at, MemorySegment.ofArray(block), 0, count);
            requests.write(block, 0, count);
        }
    }

    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = answers.read(); c != '\n'; c = answers.read()) {
            if (c < 0) {
                throw new EOFException("the Python process has ended");
            }
            line.write(c);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private static UncheckedIOException failed(IOException e) {
        return new UncheckedIOException("PyTorch: " + e.getMessage(), e);
    }

    @Override
    public void close() {
        process.destroy();
    }
}
