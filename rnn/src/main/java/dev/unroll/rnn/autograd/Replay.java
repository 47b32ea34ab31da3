package dev.unroll.rnn.autograd;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;

/**
 * A computation on fixed tensors that runs again and again: what is computed on its {@link #tape} is recorded once, and
 * {@link #run} computes the same calls anew, in the same memory, from what the tensors of its constants hold then. A run
 * allocates no tensors, and has the bits of the calls on a new tape.
 *
 * <pre>{@code
 * var step = new Replay(workspace, type, pool);
 * var output = network.forward(step.tape(), step.tape().constant(x), layout, initial);
 * x.copyFrom(next);
 * step.run(); // output.logits() are those of the next input
 * }</pre>
 *
 * <p>Inputs are checked for NaN while recording only. A run holds the parameters that it reads: another thread that uses
 * their network is refused, as is a run while it does. For one thread, as a tape. Nothing flows back, and dropout does not take place.
 */
public final class Replay {
    private final Recorder recorder;
    private final Tape tape;

    /**
     * Makes an empty replay.
     *
     * @param workspace of everything that is computed
     * @param type of everything that is computed
     * @param pool to run kernels on
     */
    public Replay(Workspace workspace, ElementType type, WorkerPool pool) {
        recorder = new Recorder(workspace, type, pool, Recorder.Calls.ALL);
        tape = new Tape(recorder);
    }

    /** {@return the tape on which the computation is recorded} */
    public Tape tape() {
        return tape;
    }

    /**
     * {@return whether a replay computes anew what is recorded on a tape}
     *
     * @param tape any
     */
    public static boolean records(Tape tape) {
        return tape.recorder.isReplayed();
    }

    /**
     * Computes everything recorded anew.
     *
     * @throws IllegalStateException if another thread computed on the tape, or uses or closed the parameters
     */
    public void run() {
        recorder.replay();
    }
}
