package dev.unroll.rnn.parallel;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.internal.Nulls;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Lets every worker know small things of all: numbers and texts.
 *
 * <p>For one thread.
 */
public final class AllGather implements AutoCloseable {
    /** The most characters of a text that is taken from another worker. */
    private static final int MOST_CHARACTERS = 1 << 20;

    private final Exchange exchange;
    private final Workspace memory = new Workspace("what workers tell each other");

    /**
     * Makes one without memory.
     *
     * @param exchange of this worker
     */
    public AllGather(Exchange exchange) {
        this.exchange = Nulls.require("AllGather", "exchange", exchange);
    }

    /**
     * Gathers numbers.
     *
     * @param what they are, for messages; the same in all workers
     * @param own of this worker; all workers give as many
     * @return those of worker 0, 1, ...
     * @throws ExchangeException if a worker does not take part, or gathers something else
     */
    public List<double[]> numbers(String what, double... own) {
        Nulls.require("AllGather.numbers", "what", what);
        Nulls.require("AllGather.numbers", "own", own);
        double[] marked = new double[own.length + 1];
        marked[0] = what.hashCode();
        System.arraycopy(own, 0, marked, 1, own.length);
        try (Workspace.Hold _ = memory.scope("gathering numbers")) {
            List<Tensor> numbers = tensors(ElementType.F64, _ -> marked.length);
            numbers.get(exchange.worker()).copyFrom(marked);
            return gather(what, numbers).stream().map(Tensor::toDoubles).map(all -> unmarked(what, all)).toList();
        }
    }

    private double[] unmarked(String what, double... all) {
        if (all[0] != what.hashCode()) {
            throw otherwise(what, "a worker gathers something else", null);
        }
        return Arrays.copyOfRange(all, 1, all.length);
    }

    private ExchangeException otherwise(String what, String problem, Throwable cause) {
        return new ExchangeException(problem + ", while worker " + exchange.worker() + " gathers " + what
                + "; let all workers train, resume, validate and make checkpoints alike", cause);
    }

    /**
     * Gathers texts.
     *
     * @param what they are, for messages; the same in all workers
     * @param own of this worker
     * @return those of worker 0, 1, ...
     * @throws ExchangeException if a worker does not take part, gathers something else, or gives a text of more than a
     *     million characters
     */
    public List<String> texts(String what, String own) {
        byte[] bytes = Nulls.require("AllGather.texts", "own", own).getBytes(StandardCharsets.UTF_8);
        int[] sizes = numbers(what, bytes.length).stream().mapToInt(number -> (int) number[0]).toArray();
        for (int worker = 0; worker < sizes.length; worker++) {
            if (sizes[worker] < 0 || sizes[worker] > MOST_CHARACTERS) {
                throw new ExchangeException("worker " + worker + " has a text of " + sizes[worker]
                        + " bytes for the others; expected at most " + MOST_CHARACTERS);
            }
        }
        try (Workspace.Hold _ = memory.scope("gathering texts")) {
            List<Tensor> texts = tensors(ElementType.I32, worker -> sizes[worker]);
            int[] characters = new int[bytes.length];
            Arrays.setAll(characters, i -> bytes[i]);
            texts.get(exchange.worker()).copyFrom(characters);
            return gather(what, texts).stream().map(AllGather::text).toList();
        }
    }

    private static String text(Tensor characters) {
        int[] values = characters.toInts();
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private List<Tensor> tensors(ElementType type, IntFunction<Integer> size) {
        List<Tensor> tensors = new ArrayList<>();
        for (int worker = 0; worker < exchange.workers(); worker++) {
            tensors.add(memory.allocate(type, size.apply(worker)));
        }
        return tensors;
    }

    private List<Tensor> gather(String what, List<Tensor> ofWorkers) {
        List<Tensor> own = List.of(ofWorkers.get(exchange.worker()));
        try {
            exchange.round(_ -> own, worker -> List.of(ofWorkers.get(worker)));
        } catch (ExchangeException e) {
            throw otherwise(what, e.getMessage(), e);
        }
        return ofWorkers;
    }

    /** Returns the memory. The exchange remains the caller's to close. */
    @Override
    public void close() {
        memory.close();
    }
}
