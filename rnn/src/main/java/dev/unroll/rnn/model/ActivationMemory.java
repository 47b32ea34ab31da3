package dev.unroll.rnn.model;

import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.operator.Readout;
import java.util.List;

/**
 * The bytes that passes of a network take for inputs, activations and their gradients, for any number of steps and
 * sequences; parameters are not among them. Every tensor of a pass has a row for each step and sequence, for each step, for
 * each sequence, or a fixed number of rows, so that four small passes tell the memory of all.
 *
 * <p>A workspace reserves more than its tensors take, as it grows in chunks: up to about twice as much, or a third more if
 * that is all that a {@link NetworkBuilder#memoryLimit} leaves.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class ActivationMemory {
    private static final int[] STEPS = {3, 5};

    /** So that rows of one number fill whole cache lines, and nothing is rounded. */
    private static final int[] SEQUENCES = {16, 32};

    private final Bilinear training;
    private final Bilinear inference;
    private final long bytesOfStates;
    private final boolean isCausal;

    /** A function {@code a + b s + c n + d s n}, by its values at the four small sizes. */
    private record Bilinear(double a, double b, double c, double d) {
        static Bilinear through(long... values) {
            double steps = STEPS[1] - STEPS[0];
            double sequences = SEQUENCES[1] - SEQUENCES[0];
            double d = (values[3] - values[2] - values[1] + values[0]) / (steps * sequences);
            double b = (values[2] - values[0]) / steps - d * SEQUENCES[0];
            double c = (values[1] - values[0]) / sequences - d * STEPS[0];
            double a = values[0] - b * STEPS[0] - c * SEQUENCES[0] - d * STEPS[0] * SEQUENCES[0];
            return new Bilinear(a, b, c, d);
        }

        long at(int steps, int sequences) {
            return Math.round(a + b * steps + c * sequences + d * steps * sequences);
        }
    }

    private ActivationMemory(DeepRnn network, Task task, Values input, Values target) {
        long[] trained = new long[STEPS.length * SEQUENCES.length];
        long[] inferred = new long[trained.length];
        for (int i = 0; i < trained.length; i++) {
            Batch batch = batch(STEPS[i / 2], SEQUENCES[i % 2], task, input, target);
            trained[i] = trained(network, task, batch);
            inferred[i] = inferred(network, task, batch);
        }
        training = Bilinear.through(trained);
        inference = Bilinear.through(inferred);
        isCausal = network.isCausal();
        bytesOfStates = network.stateSizes().stream().flatMap(List::stream).mapToLong(Integer::longValue).sum()
                * network.type().bytes();
    }

    /**
     * Measures passes of a few steps. The network stays as it is.
     *
     * @param network to measure
     * @param task that it is trained for
     * @param example a batch of any size, whose kinds of inputs and targets count
     * @return the memory of passes of any size
     * @throws IllegalArgumentException if the example does not fit the network
     * @throws IllegalStateException if the network is closed, another thread uses it, or its weights are kept as bfloat16
     */
    public static ActivationMemory of(DeepRnn network, Task task, Batch example) {
        Nulls.require("ActivationMemory.of", "network", network);
        Nulls.require("ActivationMemory.of", "task", task);
        Nulls.require("ActivationMemory.of", "example", example);
        try (Workspace.Hold _ = network.reserve("measuring its memory")) {
            return new ActivationMemory(network, task, example.inputs(), example.targets());
        }
    }

    private static Batch batch(int steps, int sequences, Task task, Values input, Values target) {
        int rows = steps * sequences;
        boolean ofSteps = task.readout() == Readout.EVERY_STEP;
        return new Batch(
                SequenceLayout.of(steps, sequences), zeros(input, rows), zeros(target, ofSteps ? rows : sequences));
    }

    private static Values zeros(Values like, int count) {
        return switch (like) {
            case Ids _ -> new Ids(new int[count]);
            case Frames frames when frames.isDouble() ->
                    new Frames(frames.columns(), new double[count * frames.columns()]);
            case Frames frames -> new Frames(frames.columns(), new float[count * frames.columns()]);
        };
    }

    private static long trained(DeepRnn network, Task task, Batch batch) {
        try (CarriedState state = network.newState(batch.layout().batch());
                Pass pass = network.recording("measuring memory", state)) {
            pass.tape().training(0, 0);
            pass.backward(task.loss(pass.tape(), pass.run(batch, task.readout()), batch), 0); // adds zeros to gradients
            return pass.tape().bytes();
        }
    }

    private static long inferred(DeepRnn network, Task task, Batch batch) {
        try (CarriedState state = network.newState(batch.layout().batch());
                Pass pass = network.inference("measuring memory", state)) {
            pass.run(batch, task.readout());
            return pass.tape().bytes();
        }
    }

    /**
     * Returns the bytes of a step of training.
     *
     * @param steps of each sequence
     * @param batch number of sequences
     * @return bytes
     */
    public long training(int steps, int batch) {
        check("steps", steps);
        check("batch", batch);
        return training.at(steps, batch);
    }

    /**
     * Returns the bytes of a step of training with recomputation: those of one segment, and of the states between all.
     *
     * @param steps of each sequence
     * @param batch number of sequences
     * @param segment steps of a segment
     * @return bytes
     * @throws IllegalArgumentException if the network looks ahead
     */
    public long recomputing(int steps, int batch, int segment) {
        check("segment", segment);
        if (!isCausal) {
            throw new IllegalArgumentException("this network looks ahead, as a bidirectional layer does: its sequences"
                    + " cannot be cut into segments");
        }
        if (segment >= steps) {
            return training(steps, batch);
        }
        long boundaries = Math.ceilDiv(steps, segment) + 1L; // and the gradient at one of them
        return training(segment, batch) + boundaries * batch * bytesOfStates;
    }

    /**
     * Returns the bytes of a pass that computes values only.
     *
     * @param steps of each sequence
     * @param batch number of sequences
     * @return bytes
     */
    public long inference(int steps, int batch) {
        check("steps", steps);
        check("batch", batch);
        return inference.at(steps, batch);
    }

    private static void check(String what, int number) {
        if (number < 1) {
            throw new IllegalArgumentException("ActivationMemory: " + what + " must be at least 1, not " + number);
        }
    }
}
