package dev.unroll.rnn.model;

import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.operator.Network;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs sequences through a network one step at a time, for serving. It has a state of its own, and shares the network's
 * parameters and their packed forms with all other sessions. A step allocates nothing, on the heap or off it, and has the
 * bits of {@link DeepRnn#predict(CarriedState, dev.unroll.rnn.data.Values)}.
 *
 * <pre>{@code
 * try (Session session = network.session().open()) {
 *     session.warmUp();
 *     while (frames.next(frame)) {
 *         session.step(frame).copyTo(prediction); // from a float[] to a float[]
 *     }
 * }
 * }</pre>
 *
 * <p>One thread at a time may use a session, any thread; as many threads as there are sessions may work at a time. A step
 * runs on the calling thread. While a session is open, nothing may train, change or close its network.
 */
public final class Session implements AutoCloseable {
    /** What a session makes of the logits. */
    public enum Output {
        /** The logits themselves. */
        LOGITS,

        /** Probabilities of classes or of the next id, which sum to 1: the softmax of a row. */
        SOFTMAX,

        /** Probabilities of independent bits, such as notes: the logistic function of each number. */
        SIGMOID
    }

    private final DeepRnn network;
    private final Workspace memory;
    private final Workspace.Hold shared;
    private final ReplayedStep step;
    private final Tensor input;
    private final Tensor output;
    private final List<Part> parts = new ArrayList<>();
    private final CallerArray source = new CallerArray();
    private final CallerArray target = new CallerArray();
    private final SingleUser user = new SingleUser();

    /**
     * A part of the state of a layer.
     *
     * @param initial what sequences begin with
     * @param current what a step begins with
     * @param next what a step ends with
     * @param staged a copy of that, if it lies in the memory of the state; otherwise the same
     */
    private record Part(Tensor initial, Tensor current, Tensor next, Tensor staged) {}

    /** Takes over the memory and the hold, unless it throws. */
    Session(
            DeepRnn network, Network layers, int batch, boolean readsIds, Output kind, Workspace memory,
            Workspace.Hold shared) {
        this.network = network;
        this.memory = memory;
        this.shared = shared;
        step = new ReplayedStep(network, layers, batch, readsIds, kind, memory);
        input = step.input();
        output = step.output();
        step.parts().forEach(part -> parts.add(new Part(part.initial(), part.current(), part.next(), staged(part))));
    }

    private Tensor staged(ReplayedStep.Part part) {
        boolean isOverwritten = step.parts().stream().anyMatch(other -> part.next().overlaps(other.current()));
        return isOverwritten ? ReplayedStep.copy(memory, part.next()) : part.next();
    }

    /**
     * Runs the next step of every sequence.
     *
     * @param frames the next input of every sequence, of a network of F32
     * @return this
     * @throws IllegalArgumentException if their number does not fit or one is not finite; the state stays as it was
     * @throws IllegalStateException if another thread uses the session, or it is closed
     */
    public Session step(float... frames) {
        user.enter("Session.step");
        try {
            return run(source.of("Session.step", "frames", frames, input));
        } finally {
            user.exit();
        }
    }

    /**
     * Runs the next step of every sequence.
     *
     * @param frames the next input of every sequence, of a network of F64
     * @return this
     * @throws IllegalArgumentException if their number does not fit or one is not finite; the state stays as it was
     * @throws IllegalStateException if another thread uses the session, or it is closed
     */
    public Session step(double... frames) {
        user.enter("Session.step");
        try {
            return run(source.of("Session.step", "frames", frames, input));
        } finally {
            user.exit();
        }
    }

    /**
     * Runs the next step of every sequence.
     *
     * @param ids the next id of every sequence, of a session of {@linkplain SessionBuilder#ids ids}
     * @return this
     * @throws IllegalArgumentException if their number does not fit or one is no id; the state stays as it was
     * @throws IllegalStateException if another thread uses the session, or it is closed
     */
    public Session step(int... ids) {
        user.enter("Session.step");
        try {
            return run(source.of("Session.step", "ids", ids, input));
        } finally {
            user.exit();
        }
    }

    /**
     * Runs the next step of every sequence.
     *
     * @param inputs in native byte order: a direct buffer, memory of a file, or an array
     * @return this
     * @throws IllegalArgumentException if their number of bytes does not fit or a number is not finite; the state stays as
     *     it was
     * @throws IllegalStateException if another thread uses the session, or it is closed
     */
    public Session step(MemorySegment inputs) {
        user.enter("Session.step");
        try {
            return run(Nulls.require("Session.step", "inputs", inputs));
        } finally {
            user.exit();
        }
    }

    /**
     * Runs the next step of every sequence.
     *
     * @param inputs of the type and shape of {@link #input}
     * @return this
     * @throws IllegalArgumentException if they are not, or a number is not finite; the state stays as it was
     * @throws IllegalStateException if another thread uses the session, or it is closed
     */
    public Session step(Tensor inputs) {
        user.enter("Session.step");
        try {
            input.copyFrom(Nulls.require("Session.step", "inputs", inputs));
            return run();
        } finally {
            user.exit();
        }
    }

    private Session run(MemorySegment inputs) {
        input.copyFrom(inputs);
        return run();
    }

    private Session run() {
        Network.requireNumbers(input);
        step.run();
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            if (part.staged != part.next) {
                part.staged.copyFrom(part.next);
            }
        }
        for (int i = 0; i < parts.size(); i++) {
            parts.get(i).current.copyFrom(parts.get(i).staged);
        }
        return this;
    }

    /**
     * Copies the results of the last step, row by row.
     *
     * @param results of a network of F32; as many as the output has elements
     * @throws IllegalArgumentException if their number does not fit
     * @throws IllegalStateException if another thread uses the session, or it is closed
     */
    public void copyTo(float[] results) {
        user.enter("Session.copyTo");
        try {
            output.copyTo(target.of("Session.copyTo", "results", results, output));
        } finally {
            user.exit();
        }
    }

    /**
     * Copies the results of the last step, row by row.
     *
     * @param results of a network of F64; as many as the output has elements
     * @throws IllegalArgumentException if their number does not fit
     * @throws IllegalStateException if another thread uses the session, or it is closed
     */
    public void copyTo(double[] results) {
        user.enter("Session.copyTo");
        try {
            output.copyTo(target.of("Session.copyTo", "results", results, output));
        } finally {
            user.exit();
        }
    }

    /**
     * Copies the results of the last step, row by row.
     *
     * @param results memory in native byte order, of as many bytes as the output takes
     * @throws IllegalArgumentException if their number of bytes does not fit
     * @throws IllegalStateException if another thread uses the session, or it is closed
     */
    public void copyTo(MemorySegment results) {
        user.enter("Session.copyTo");
        try {
            output.copyTo(Nulls.require("Session.copyTo", "results", results));
        } finally {
            user.exit();
        }
    }

    /**
     * Copies the results of the last step.
     *
     * @param results of the type and shape of {@link #output}
     * @throws IllegalArgumentException if they are not
     * @throws IllegalStateException if another thread uses the session, or it is closed
     */
    public void copyTo(Tensor results) {
        user.enter("Session.copyTo");
        try {
            Nulls.require("Session.copyTo", "results", results).copyFrom(output);
        } finally {
            user.exit();
        }
    }

    /** {@return a view of the inputs of the last step, {@code [batch, inputs]}, or ids {@code [batch]} of I32} */
    public Tensor input() {
        return input.asReadOnly();
    }

    /** {@return a view of the results of the last step, {@code [batch, outputs]}, until the next one} */
    public Tensor output() {
        return output.asReadOnly();
    }

    /**
     * Begins new sequences.
     *
     * @throws IllegalStateException if another thread uses the session, or it is closed
     */
    public void reset() {
        user.enter("Session.reset");
        try {
            begin();
        } finally {
            user.exit();
        }
    }

    private void begin() {
        parts.forEach(part -> part.current.copyFrom(part.initial));
    }

    /**
     * Begins one new sequence; the others go on.
     *
     * @param sequence from 0
     * @throws IllegalArgumentException if there is no such sequence
     * @throws IllegalStateException if another thread uses the session, or it is closed
     */
    public void reset(int sequence) {
        if (sequence < 0 || sequence >= batch()) {
            throw new IllegalArgumentException("a session of " + batch() + " sequences has no sequence " + sequence
                    + "; give a number from 0 to " + (batch() - 1));
        }
        user.enter("Session.reset");
        try {
            parts.forEach(part -> part.current.rows(sequence, 1).copyFrom(part.initial.rows(sequence, 1)));
        } finally {
            user.exit();
        }
    }

    /**
     * Goes on where a state ends, such as one that has seen the beginning of the sequences in a single pass.
     *
     * @param beginning of the same network and number of sequences; stays as it is
     * @throws IllegalArgumentException if it is not
     * @throws IllegalStateException if another thread uses the session or the state, or one of them is closed
     */
    public void continueFrom(CarriedState beginning) {
        Nulls.require("Session.continueFrom", "beginning", beginning);
        user.enter("Session.continueFrom");
        try {
            network.requireOwn(beginning);
            beginning.requireBatch(batch());
            if (!beginning.copyTo(parts.stream().map(Part::current).toList())) {
                begin();
            }
        } finally {
            user.exit();
        }
    }

    /**
     * Runs steps of zeros until they no longer become faster, for at most 5 seconds: until then the virtual machine
     * interprets, or compiles. The state stays as it was.
     *
     * @return the number of steps
     * @throws IllegalStateException if another thread uses the session, or it is closed
     */
    public long warmUp() {
        user.enter("Session.warmUp");
        try (Workspace copies = new Workspace("warming up")) {
            List<Tensor> used = new ArrayList<>(List.of(input, output));
            parts.forEach(part -> used.add(part.current));
            List<Tensor> kept =
                    used.stream().map(each -> copies.allocate(each.type(), each.shape()).copyFrom(each)).toList();
            input.clear();
            long steps = WarmUp.run(this::run);
            for (int i = 0; i < used.size(); i++) {
                used.get(i).copyFrom(kept.get(i));
            }
            return steps;
        } finally {
            user.exit();
        }
    }

    /** {@return the number of sequences} */
    public int batch() {
        return Math.toIntExact(output.rows());
    }

    /**
     * Releases the memory of the session, and its share of the network. A second call does nothing.
     *
     * @throws IllegalStateException if another thread uses the session
     */
    @Override
    public void close() {
        if (user.enterToClose("Session.close")) {
            try {
                step.close();
                memory.close();
                shared.close();
            } finally {
                user.exit();
            }
        }
    }
}
