package dev.unroll.rnn.model;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.Activations;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Softmax;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Replay;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.operator.Network;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.operator.State;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

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
    private static final Duration WARM_UP = Duration.ofSeconds(5);

    /** Steps after which everything that a step calls has been compiled, or is being so. */
    private static final int COMPILED = 20_000;

    private static final int ROUND = 1_000;
    private static final int SLOW_ROUNDS = 5;
    private static final double FASTER = 0.95;

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
    private final Output kind;
    private final Workspace memory;
    private final Workspace.Hold shared;
    private final Replay replay;
    private final Tensor input;
    private final List<Part> parts = new ArrayList<>();
    private final Tensor logits;
    private final Tensor output;
    private final HeapSegment source = new HeapSegment();
    private final HeapSegment target = new HeapSegment();
    private final AtomicReference<Thread> user = new AtomicReference<>();
    private boolean isClosed;

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
        this.kind = kind;
        this.memory = memory;
        this.shared = shared;
        ElementType type = network.type();
        input = readsIds ? memory.zeros(ElementType.I32, batch) : memory.zeros(type, batch, network.inputs());
        replay = new Replay(memory, type, WorkerPool.caller());
        Tape tape = replay.tape();
        Tape inference = Tape.inference(memory, type, WorkerPool.caller());
        List<State> initial = layers.layers().stream().map(layer -> layer.initial(inference, batch)).toList();
        List<State> begin = initial.stream().map(each -> copy(tape, each)).toList();
        Network.Output end =
                layers.run(tape, tape.constant(input), SequenceLayout.of(1, batch), Readout.EVERY_STEP, begin);
        addParts(tensors(initial), tensors(begin), tensors(end.last()));
        logits = end.logits().value();
        output = kind == Output.LOGITS ? logits : memory.zeros(type, batch, network.outputs());
        replay.run();
    }

    private State copy(Tape tape, State state) {
        return new State(state.parts().stream().map(part -> tape.constant(copy(part.value()))).toList());
    }

    private Tensor copy(Tensor tensor) {
        return memory.allocate(tensor.type(), tensor.shape()).copyFrom(tensor);
    }

    private static List<Tensor> tensors(List<State> states) {
        return states.stream().flatMap(each -> each.parts().stream()).map(Variable::value).toList();
    }

    private void addParts(List<Tensor> initial, List<Tensor> current, List<Tensor> next) {
        for (int i = 0; i < next.size(); i++) {
            Tensor after = next.get(i);
            Tensor staged = current.stream().anyMatch(after::overlaps) ? copy(after) : after;
            parts.add(new Part(initial.get(i), current.get(i), after, staged));
        }
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
        enter("Session.step");
        try {
            require("Session.step", "frames", frames, ElementType.F32, input, frames == null ? 0 : frames.length);
            return run(source.of(frames));
        } finally {
            exit();
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
        enter("Session.step");
        try {
            require("Session.step", "frames", frames, ElementType.F64, input, frames == null ? 0 : frames.length);
            return run(source.of(frames));
        } finally {
            exit();
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
        enter("Session.step");
        try {
            require("Session.step", "ids", ids, ElementType.I32, input, ids == null ? 0 : ids.length);
            return run(source.of(ids));
        } finally {
            exit();
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
        enter("Session.step");
        try {
            return run(Nulls.require("Session.step", "inputs", inputs));
        } finally {
            exit();
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
        enter("Session.step");
        try {
            input.copyFrom(Nulls.require("Session.step", "inputs", inputs));
            return run();
        } finally {
            exit();
        }
    }

    private Session run(MemorySegment inputs) {
        input.copyFrom(inputs);
        return run();
    }

    private Session run() {
        Network.requireNumbers(input);
        replay.run();
        switch (kind) {
            case LOGITS -> {}
            case SOFTMAX -> Softmax.forward(logits, output, WorkerPool.caller());
            case SIGMOID -> Activations.forward(Activation.SIGMOID, logits, output, WorkerPool.caller());
        }
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
        enter("Session.copyTo");
        try {
            require("Session.copyTo", "results", results, ElementType.F32, output,
                    results == null ? 0 : results.length);
            output.copyTo(target.of(results));
        } finally {
            exit();
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
        enter("Session.copyTo");
        try {
            require("Session.copyTo", "results", results, ElementType.F64, output,
                    results == null ? 0 : results.length);
            output.copyTo(target.of(results));
        } finally {
            exit();
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
        enter("Session.copyTo");
        try {
            output.copyTo(Nulls.require("Session.copyTo", "results", results));
        } finally {
            exit();
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
        enter("Session.copyTo");
        try {
            Nulls.require("Session.copyTo", "results", results).copyFrom(output);
        } finally {
            exit();
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
        enter("Session.reset");
        try {
            begin();
        } finally {
            exit();
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
        enter("Session.reset");
        try {
            parts.forEach(part -> part.current.rows(sequence, 1).copyFrom(part.initial.rows(sequence, 1)));
        } finally {
            exit();
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
        enter("Session.continueFrom");
        try {
            network.requireOwn(beginning);
            beginning.requireBatch(batch());
            if (!beginning.copyTo(parts.stream().map(Part::current).toList())) {
                begin();
            }
        } finally {
            exit();
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
        enter("Session.warmUp");
        try (Workspace copies = new Workspace("warming up")) {
            List<Tensor> used = new ArrayList<>(List.of(input, output));
            parts.forEach(part -> used.add(part.current));
            List<Tensor> kept =
                    used.stream().map(each -> copies.allocate(each.type(), each.shape()).copyFrom(each)).toList();
            input.clear();
            long steps = runUntilSteady();
            for (int i = 0; i < used.size(); i++) {
                used.get(i).copyFrom(kept.get(i));
            }
            return steps;
        } finally {
            exit();
        }
    }

    /** The compilers come by after some thousand calls; a round that is not faster may be one in which they work. */
    private long runUntilSteady() {
        long end = System.nanoTime() + WARM_UP.toNanos();
        long steps = 0;
        double best = Double.POSITIVE_INFINITY;
        for (int slowRounds = 0; slowRounds < SLOW_ROUNDS || steps < COMPILED;) {
            long start = System.nanoTime();
            for (int i = 0; i < ROUND; i++) {
                run();
                if (System.nanoTime() > end) {
                    return steps + i + 1;
                }
            }
            steps += ROUND;
            double time = System.nanoTime() - start;
            slowRounds = time < FASTER * best ? 0 : slowRounds + 1;
            best = Math.min(best, time);
        }
        return steps;
    }

    /** {@return the number of sequences} */
    public int batch() {
        return Math.toIntExact(output.rows());
    }

    private void require(
            String call, String parameter, Object array, ElementType type, Tensor tensor, int length) {
        Nulls.require(call, parameter, array);
        if (tensor.type() != type) {
            throw new IllegalArgumentException(
                    call + ": this session has " + tensor + ", so " + parameter + " cannot be of "
                            + type + "; give numbers of its type, or open another session");
        }
        if (tensor.size() != length) {
            throw new IllegalArgumentException(call + ": expected " + tensor.size() + " " + parameter + " for " + tensor
                    + ", not " + length);
        }
    }

    private void enter(String call) {
        Thread own = Thread.currentThread();
        if (!user.compareAndSet(null, own)) {
            Thread other = user.get();
            throw new IllegalStateException(call + ": this session is used by "
                    + (other == null ? "another thread" : "thread " + other.getName()) + "; open one for each thread");
        }
        if (isClosed) {
            user.set(null);
            throw new IllegalStateException(call + ": this session is closed; open another one");
        }
    }

    private void exit() {
        user.set(null);
    }

    /**
     * Releases the memory of the session, and its share of the network. A second call does nothing.
     *
     * @throws IllegalStateException if another thread uses the session
     */
    @Override
    public void close() {
        if (!user.compareAndSet(null, Thread.currentThread())) {
            throw new IllegalStateException(
                    "Session.close: this session is used by another thread; close it after that");
        }
        try {
            if (!isClosed) {
                isClosed = true;
                replay.close();
                memory.close();
                shared.close();
            }
        } finally {
            user.set(null);
        }
    }

    /** The last heap array as a segment, so that a caller's array is wrapped once and not at every step. */
    private static final class HeapSegment {
        private Object array;
        private MemorySegment segment;

        MemorySegment of(float[] floats) {
            return array == floats ? segment : keep(floats, MemorySegment.ofArray(floats));
        }

        MemorySegment of(double[] doubles) {
            return array == doubles ? segment : keep(doubles, MemorySegment.ofArray(doubles));
        }

        MemorySegment of(int[] ints) {
            return array == ints ? segment : keep(ints, MemorySegment.ofArray(ints));
        }

        private MemorySegment keep(Object of, MemorySegment wrapped) {
            array = of;
            segment = wrapped;
            return wrapped;
        }
    }
}
