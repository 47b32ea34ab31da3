package dev.unroll.rnn.autograd;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.internal.Nulls;

/**
 * A tape for one training step after the other: a recording takes the memory and the objects of the one before where it
 * makes the same calls of the same shapes, so that a steady step allocates next to nothing. The code that records runs
 * every time, and may do something else each time: what differs is made anew.
 *
 * <pre>{@code
 * var tapes = new RepeatedTape(workspace, type, pool);
 * for (Batch batch : batches) {
 *     Tape tape = tapes.begin("a step");
 *     try {
 *         tape.backward(loss(tape, batch));
 *     } finally {
 *         tapes.end();
 *     }
 * }
 * }</pre>
 *
 * <p>Between recordings the tensors of the last one are refused, and its memory is kept until somebody else allocates in
 * the workspace. One thread at a time may use it.
 */
public final class RepeatedTape {
    private final Workspace workspace;
    private final Recorder recorder;
    private Workspace.Hold scope;
    private SequenceLayout layout;
    private boolean isRunning;
    private boolean isFirst;

    /**
     * Makes a tape that has recorded nothing.
     *
     * @param workspace of everything that is computed
     * @param type of everything that is computed
     * @param pool to run kernels on
     */
    public RepeatedTape(Workspace workspace, ElementType type, WorkerPool pool) {
        this.workspace = workspace;
        recorder = new Recorder(workspace, type, pool, Recorder.Calls.WITH_GRADIENT_AGAIN);
    }

    /** {@return whether a recording runs: another one needs another tape} */
    public boolean isRunning() {
        return isRunning;
    }

    /**
     * {@return the tape of a further recording, until its end}
     *
     * @param work names it in messages, such as "a training step"
     * @param others further workspaces to hold until then
     * @throws IllegalStateException if a recording runs, or a workspace is closed or held by another thread
     */
    public Tape begin(String work, Workspace... others) {
        if (isRunning) {
            throw new IllegalStateException("this tape records already; end that first, or use another tape");
        }
        Workspace.Hold resumed = scope == null ? null : workspace.resume(work, scope, others);
        isFirst = resumed == null;
        scope = isFirst ? workspace.scope(work, others) : resumed;
        isRunning = true;
        recorder.restart();
        if (isFirst) {
            recorder.forget();
        }
        return new Tape(recorder);
    }

    /**
     * Announces sequences: if those of the recording before had another layout nothing of it is of use, and its memory is
     * released, unless this recording has begun to use it.
     *
     * @param next of all sequences of the recording that runs
     * @throws IllegalStateException if no recording runs
     */
    public void expect(SequenceLayout next) {
        requireRunning();
        if (!Nulls.require("RepeatedTape.expect", "next", next).equals(layout) && recorder.isUntouched()) {
            scope.clear();
            recorder.forget();
            isFirst = true;
        }
        layout = next;
    }

    /**
     * Ends the recording. Its memory is released if it did not run backward, or differed from the one before.
     *
     * @throws IllegalStateException if no recording runs
     */
    public void end() {
        requireRunning();
        isRunning = false;
        if (recorder.ranBackward() && (isFirst || !recorder.grew())) {
            scope.suspend();
        } else {
            Workspace.Hold ended = scope;
            scope = null;
            recorder.forget();
            ended.close();
        }
    }

    private void requireRunning() {
        if (!isRunning) {
            throw new IllegalStateException("this tape records nothing; begin a recording first");
        }
    }
}
