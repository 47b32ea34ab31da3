package dev.unroll.bench.scaling;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.parallel.Exchange;
import dev.unroll.rnn.parallel.ExchangeDoor;
import dev.unroll.rnn.parallel.SocketExchange;
import dev.unroll.rnn.train.Trainer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One worker of a measured training, in a process of its own: it finds the others, and the secret, in a folder of this
 * machine that only one user can read.
 *
 * @param folder where the workers meet
 * @param worker its number
 * @param workers how many there are
 * @param load what is trained
 * @param seconds of each part of the measurement
 */
public record WorkerProcess(Path folder, int worker, int workers, ScalingLoad load, double seconds) {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final long PAUSE = 20;
    private static final int ROUNDS = 200;
    private static final int EXCHANGES = 20;
    private static final int FEWEST_UPDATES = 10;

    /**
     * What a worker has measured.
     *
     * @param alone seconds of steps without an exchange, while the other workers made theirs
     * @param shared seconds of updates with the exchange
     * @param latency seconds of a round in which nothing is sent
     * @param bandwidth bytes sent per second while gradients are exchanged
     * @param adding bytes of sums per second
     * @param gradientBytes of all parameters
     */
    public record Measured(
            double[] alone, double[] shared, double latency, double bandwidth, double adding, long gradientBytes) {}

    /** The file with the secret, in the folder. */
    static Path secret(Path folder) {
        return folder.resolve("secret");
    }

    private static Path file(Path folder, String what, int worker) {
        return folder.resolve(what + "-" + worker);
    }

    /**
     * Reads what a worker has measured.
     *
     * @param folder where the workers met
     * @param worker its number
     * @return its results
     * @throws IOException if they cannot be read
     */
    static Measured results(Path folder, int worker) throws IOException {
        return new ObjectMapper().readValue(file(folder, "results", worker).toFile(), Measured.class);
    }

    /**
     * Runs the worker.
     *
     * @throws IOException if the workers do not meet, or the results cannot be written
     * @throws InterruptedException if the thread is interrupted
     */
    public void run() throws IOException, InterruptedException {
        try (ExchangeDoor door = SocketExchange.listen(InetAddress.getLoopbackAddress());
                Exchange exchange = door.connect(
                        worker, meet(door.address().getPort()), Files.readAllBytes(secret(folder)), TIMEOUT);
                WorkerPool pool = new WorkerPool(1);
                DeepRnn network = load.network(pool)) {
            Measured measured = measured(exchange, network, pool);
            new ObjectMapper().writeValue(file(folder, "results", worker).toFile(), measured);
        }
    }

    /** Tells the others the port, and learns theirs. */
    private List<InetSocketAddress> meet(int port) throws IOException, InterruptedException {
        Path temporary = file(folder, "new", worker);
        Files.writeString(temporary, String.valueOf(port));
        Files.move(temporary, file(folder, "port", worker), StandardCopyOption.ATOMIC_MOVE);
        List<InetSocketAddress> all = new ArrayList<>();
        long start = System.nanoTime();
        for (int other = 0; other < workers; other++) {
            Path file = file(folder, "port", other);
            while (!Files.exists(file)) {
                if (System.nanoTime() - start > TIMEOUT.toNanos()) {
                    throw new IOException("worker " + other + " did not start within " + TIMEOUT.toSeconds() + " s");
                }
                Thread.sleep(PAUSE);
            }
            int number = Integer.parseInt(Files.readString(file));
            all.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), number));
        }
        return all;
    }

    private Measured measured(Exchange exchange, DeepRnn network, WorkerPool pool) {
        long bytes = network.parameters().values().size() * network.type().bytes();
        synchronize(exchange);
        double[] alone = StepTimes.ofPlain(load, pool, seconds);
        synchronize(exchange);
        int updates = (int) Math.max(FEWEST_UPDATES, seconds / StepTimes.median(alone));
        double[] shared = shared(exchange, network, updates);
        double latency = StepTimes.median(StepTimes.of(() -> synchronize(exchange), ROUNDS));
        double bandwidth = bandwidth(exchange, bytes);
        return new Measured(
                alone, shared, latency, bandwidth, StepTimes.additionsPerSecond(bytes, pool), bytes);
    }

    /** A round in which nothing is sent. */
    private static void synchronize(Exchange exchange) {
        exchange.round(_ -> List.of(), _ -> List.of());
    }

    private double[] shared(Exchange exchange, DeepRnn network, int wanted) {
        int updates = agreed(exchange, wanted);
        Batch batch = load.batch(workers);
        try (Trainer trainer = load.trainer(network).shards(workers, exchange)) {
            StepTimes.of(() -> trainer.step(batch), updates);
            return StepTimes.of(() -> trainer.step(batch), updates);
        }
    }

    /** The number that worker 0 wants. */
    private static int agreed(Exchange exchange, int wanted) {
        try (Workspace memory = new Workspace("agreement")) {
            Tensor number = memory.zeros(ElementType.I32, 1).copyFrom(wanted);
            Tensor others = memory.zeros(ElementType.I32, exchange.workers());
            exchange.round(_ -> List.of(number), worker -> List.of(others.columns(worker, 1)));
            return exchange.worker() == 0 ? wanted : others.toInts()[0];
        }
    }

    /** Of rounds in which each worker sends the others what it sends them of its gradients. */
    private double bandwidth(Exchange exchange, long gradientBytes) {
        long part = gradientBytes / workers / Float.BYTES;
        try (Workspace memory = new Workspace("exchange")) {
            Tensor sent = memory.zeros(ElementType.F32, part);
            List<Tensor> received = new ArrayList<>();
            for (int other = 0; other < workers; other++) {
                received.add(memory.zeros(ElementType.F32, part));
            }
            double[] times = StepTimes.of(
                    () -> exchange.round(_ -> List.of(sent), other -> List.of(received.get(other))), EXCHANGES);
            return (workers - 1) * part * Float.BYTES / StepTimes.median(times);
        }
    }
}
