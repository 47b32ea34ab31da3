package dev.unroll.rnn.model;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.operator.Network;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One sequence among those of {@link JoinedSessions}, which runs step by step beside the others. Its results have the bits of a
 * {@link Session} of one sequence.
 *
 * <p>A step either blocks until it has run ({@code step}), or is given first ({@code submit}) and waited for later ({@code
 * await}), so that one thread can give the steps of several sessions and they run as one batch. A submitted step runs at the
 * latest with the call of {@code await}.
 *
 * <p>What goes wrong in one session, such as an input that is not finite, is thrown there before the step joins others, and
 * leaves its state as it was; the others notice nothing.
 *
 * <p>One thread at a time may use a session, any thread, platform or virtual.
 */
public final class JoinedSession implements AutoCloseable {
    private static final String STEP = "JoinedSession.step";
    private static final String SUBMIT = "JoinedSession.submit";
    private static final String AWAIT = "JoinedSession.await";
    private static final String FRAME = "frame";
    private static final String RESULTS = "results";

    private final JoinedSessions server;
    private final DeepRnn network;
    private final Seat seat;
    private final StepQueue queue;
    private final Tensor input;
    private final Tensor output;
    private final List<Tensor> state;
    private final List<Tensor> initial;
    private final CallerArray source = new CallerArray();
    private final CallerArray target = new CallerArray();
    private final int[] id = new int[1];
    private final MemorySegment idMemory = MemorySegment.ofArray(id);
    private final SingleUser user = new SingleUser();

    /** Begins a new sequence. */
    JoinedSession(JoinedSessions server, DeepRnn network, Seat seat, StepQueue queue, SeatMemory memory) {
        this.server = server;
        this.network = network;
        this.seat = seat;
        this.queue = queue;
        input = memory.input(seat.place());
        output = memory.output(seat.place());
        state = memory.state(seat.place());
        initial = memory.initial();
        begin();
    }

    private void begin() {
        for (int i = 0; i < state.size(); i++) {
            state.get(i).copyFrom(initial.get(i));
        }
    }

    /**
     * Runs the next step, joined with those of other sessions.
     *
     * @param frame the next input, of a network of F32
     * @param results written, as many as the network has outputs
     * @throws IllegalArgumentException if a number of elements does not fit or an input is not finite; the state stays as it
     *     was
     * @throws IllegalStateException if another thread uses the session, a submitted step was not awaited, the session or all
     *     of them are closed, before the step runs or meanwhile, or the batch failed; the state stays as it was
     * @throws InterruptedException if the thread is interrupted before the step runs; it does not run then. An interrupt that
     *     comes later leaves the step and its results as they are, and the thread interrupted
     */
    public void step(float[] frame, float[] results) throws InterruptedException {
        enter(STEP);
        try {
            MemorySegment to = target.of(STEP, RESULTS, results, output);
            run(source.of(STEP, FRAME, frame, input), to);
        } finally {
            user.exit();
        }
    }

    /**
     * Runs the next step, joined with those of other sessions.
     *
     * @param frame the next input, of a network of F64
     * @param results written, as many as the network has outputs
     * @throws IllegalArgumentException if a number of elements does not fit or an input is not finite; the state stays as it
     *     was
     * @throws IllegalStateException as {@link #step(float[], float[])} does
     * @throws InterruptedException as {@link #step(float[], float[])} does
     */
    public void step(double[] frame, double[] results) throws InterruptedException {
        enter(STEP);
        try {
            MemorySegment to = target.of(STEP, RESULTS, results, output);
            run(source.of(STEP, FRAME, frame, input), to);
        } finally {
            user.exit();
        }
    }

    /**
     * Runs the next step, joined with those of other sessions.
     *
     * @param next the next id, of sessions of {@linkplain SessionBuilder#ids ids}
     * @param results written, of a network of F32, as many as it has outputs
     * @throws IllegalArgumentException if there is no such id or a number of elements does not fit; the state stays as it was
     * @throws IllegalStateException as {@link #step(float[], float[])} does
     * @throws InterruptedException as {@link #step(float[], float[])} does
     */
    public void step(int next, float[] results) throws InterruptedException {
        enter(STEP);
        try {
            MemorySegment to = target.of(STEP, RESULTS, results, output);
            run(memoryOf(STEP, next), to);
        } finally {
            user.exit();
        }
    }

    /**
     * Runs the next step, joined with those of other sessions.
     *
     * @param next the next id, of sessions of {@linkplain SessionBuilder#ids ids}
     * @param results written, of a network of F64, as many as it has outputs
     * @throws IllegalArgumentException if there is no such id or a number of elements does not fit; the state stays as it was
     * @throws IllegalStateException as {@link #step(float[], float[])} does
     * @throws InterruptedException as {@link #step(float[], float[])} does
     */
    public void step(int next, double[] results) throws InterruptedException {
        enter(STEP);
        try {
            MemorySegment to = target.of(STEP, RESULTS, results, output);
            run(memoryOf(STEP, next), to);
        } finally {
            user.exit();
        }
    }

    /**
     * Runs the next step, joined with those of other sessions.
     *
     * @param frame the next input or id, in native byte order
     * @param results written in native byte order, of as many bytes as the outputs of the network take
     * @throws IllegalArgumentException if a number of bytes does not fit, results are read-only, an input is not finite, or
     *     there is no such id; the state stays as it was
     * @throws IllegalStateException as {@link #step(float[], float[])} does
     * @throws InterruptedException as {@link #step(float[], float[])} does
     */
    public void step(MemorySegment frame, MemorySegment results) throws InterruptedException {
        enter(STEP);
        try {
            Nulls.require(STEP, FRAME, frame);
            run(frame, requireResults(STEP, results));
        } finally {
            user.exit();
        }
    }

    private void run(MemorySegment frame, MemorySegment results) throws InterruptedException {
        read(STEP, frame);
        queue.run(seat);
        finish(STEP, results);
    }

    /**
     * Gives the next step, which runs joined with those of other sessions, at the latest when it is awaited.
     *
     * @param frame the next input, of a network of F32; it may be changed as soon as this returns
     * @throws IllegalArgumentException if its length does not fit or it is not finite; nothing is submitted then
     * @throws IllegalStateException if another thread uses the session, a submitted step was not awaited, or it is closed
     */
    public void submit(float[] frame) {
        enter(SUBMIT);
        try {
            give(source.of(SUBMIT, FRAME, frame, input));
        } finally {
            user.exit();
        }
    }

    /**
     * Gives the next step, which runs joined with those of other sessions, at the latest when it is awaited.
     *
     * @param frame the next input, of a network of F64; it may be changed as soon as this returns
     * @throws IllegalArgumentException if its length does not fit or it is not finite; nothing is submitted then
     * @throws IllegalStateException if another thread uses the session, a submitted step was not awaited, or it is closed
     */
    public void submit(double[] frame) {
        enter(SUBMIT);
        try {
            give(source.of(SUBMIT, FRAME, frame, input));
        } finally {
            user.exit();
        }
    }

    /**
     * Gives the next step, which runs joined with those of other sessions, at the latest when it is awaited.
     *
     * @param next the next id, of sessions of {@linkplain SessionBuilder#ids ids}
     * @throws IllegalArgumentException if there is no such id; nothing is submitted then
     * @throws IllegalStateException if another thread uses the session, a submitted step was not awaited, or it is closed
     */
    public void submit(int next) {
        enter(SUBMIT);
        try {
            give(memoryOf(SUBMIT, next));
        } finally {
            user.exit();
        }
    }

    /**
     * Gives the next step, which runs joined with those of other sessions, at the latest when it is awaited.
     *
     * @param frame the next input or id, in native byte order; it may be changed as soon as this returns
     * @throws IllegalArgumentException if its number of bytes does not fit, it is not finite, or there is no such id; nothing
     *     is submitted then
     * @throws IllegalStateException if another thread uses the session, a submitted step was not awaited, or it is closed
     */
    public void submit(MemorySegment frame) {
        enter(SUBMIT);
        try {
            give(Nulls.require(SUBMIT, FRAME, frame));
        } finally {
            user.exit();
        }
    }

    private void give(MemorySegment frame) {
        read(SUBMIT, frame);
        queue.submit(seat);
    }

    /**
     * Waits until the submitted step has run.
     *
     * @param results written, of a network of F32, as many as it has outputs
     * @throws IllegalArgumentException if their number does not fit; the step can still be awaited
     * @throws IllegalStateException if another thread uses the session, no step was submitted, the session or all of them are
     *     closed, before the step runs or meanwhile, or the batch failed; the state stays as it was before the step
     * @throws InterruptedException if the thread is interrupted before the step runs; it does not run then. An interrupt that
     *     comes later leaves the step and its results as they are, and the thread interrupted
     */
    public void await(float[] results) throws InterruptedException {
        enterToAwait();
        try {
            finishSubmitted(target.of(AWAIT, RESULTS, results, output));
        } finally {
            user.exit();
        }
    }

    /**
     * Waits until the submitted step has run.
     *
     * @param results written, of a network of F64, as many as it has outputs
     * @throws IllegalArgumentException if their number does not fit; the step can still be awaited
     * @throws IllegalStateException as {@link #await(float[])} does
     * @throws InterruptedException as {@link #await(float[])} does
     */
    public void await(double[] results) throws InterruptedException {
        enterToAwait();
        try {
            finishSubmitted(target.of(AWAIT, RESULTS, results, output));
        } finally {
            user.exit();
        }
    }

    /**
     * Waits until the submitted step has run.
     *
     * @param results written in native byte order, of as many bytes as the outputs of the network take
     * @throws IllegalArgumentException if their number does not fit or they are read-only; the step can still be awaited
     * @throws IllegalStateException as {@link #await(float[])} does
     * @throws InterruptedException as {@link #await(float[])} does
     */
    public void await(MemorySegment results) throws InterruptedException {
        enterToAwait();
        try {
            finishSubmitted(requireResults(AWAIT, results));
        } finally {
            user.exit();
        }
    }

    private void finishSubmitted(MemorySegment results) throws InterruptedException {
        queue.await(seat);
        finish(AWAIT, results);
    }

    /**
     * Begins a new sequence.
     *
     * @throws IllegalStateException if another thread uses the session, a submitted step was not awaited, or it is closed
     */
    public void reset() {
        enter("JoinedSession.reset");
        try {
            begin();
        } finally {
            user.exit();
        }
    }

    /**
     * Goes on where a state ends, such as one that has seen the beginning of the sequence in a single pass.
     *
     * @param beginning of the same network and of one sequence; stays as it is
     * @throws IllegalArgumentException if it is not
     * @throws IllegalStateException if another thread uses the session or the state, a submitted step was not awaited, or one
     *     of them is closed
     */
    public void continueFrom(CarriedState beginning) {
        Nulls.require("JoinedSession.continueFrom", "beginning", beginning);
        enter("JoinedSession.continueFrom");
        try {
            network.requireOwn(beginning);
            beginning.requireBatch(1);
            if (!beginning.copyTo(state)) {
                begin();
            }
        } finally {
            user.exit();
        }
    }

    /** Begins a call for which no step may be on its way. */
    private void enter(String call) {
        user.enter(call);
        if (seat.phase() != Seat.Phase.IDLE) {
            user.exit();
            throw new IllegalStateException(call + ": a submitted step was not awaited; await its results first");
        }
    }

    private void enterToAwait() {
        user.enter(AWAIT);
        if (seat.phase() == Seat.Phase.IDLE) {
            user.exit();
            throw new IllegalStateException(AWAIT + ": no step was submitted; submit one first, or call step");
        }
    }

    private MemorySegment memoryOf(String call, int next) {
        CallerArray.require(call, "an id", ElementType.I32, 1, input);
        id[0] = next;
        return idMemory;
    }

    private MemorySegment requireResults(String call, MemorySegment results) {
        Nulls.require(call, RESULTS, results);
        long bytes = output.size() * output.type().bytes();
        if (results.byteSize() != bytes || results.isReadOnly()
                || !results.scope().isAlive() || !results.isAccessibleBy(Thread.currentThread())) {
            throw new IllegalArgumentException(call + ": results must be " + bytes + " bytes for " + output
                    + " that this thread may write to, not " + results.byteSize() + " bytes"
                    + (results.isReadOnly() ? ", read-only" : ""));
        }
        return results;
    }

    /** Takes over the input, if it is valid. */
    private void read(String call, MemorySegment frame) {
        input.copyFrom(frame);
        if (input.type() == ElementType.I32) {
            int given = (int) input.get(0, 0);
            if (given < 0 || given >= network.inputs()) {
                throw new IllegalArgumentException(call + ": id " + given + " does not exist; expected one from 0 to "
                        + (network.inputs() - 1));
            }
        } else {
            Network.requireNumbers(input);
        }
    }

    private void finish(String call, MemorySegment results) {
        Seat.Phase end = seat.phase();
        Throwable failure = seat.clear();
        switch (end) {
            case DONE -> output.copyTo(results);
            case CLOSED -> throw new IllegalStateException(
                    call + ": all joined sessions were closed before the step ran; join others");
            default ->
                    throw new IllegalStateException(call + ": the batch of this step failed for the reason below; the"
                            + " states of all its sessions stayed as they were", failure);
        }
    }

    /**
     * Frees the place of the session. A submitted step is forgotten; if it is running, this waits for its end. A second call
     * does nothing.
     *
     * @throws IllegalStateException if another thread uses the session
     */
    @Override
    public void close() {
        if (user.enterToClose("JoinedSession.close")) {
            try {
                queue.close(seat);
                server.release(this, seat.place());
            } finally {
                user.exit();
            }
        }
    }

    /** Refuses all later calls; false, and nothing changes, while a thread is in one. */
    boolean tryClose() {
        return user.tryClose();
    }
}
