package dev.unroll.rnn.autograd;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A computation on fixed tensors that runs again and again: what is computed on its {@link #tape} is recorded once, and
 * {@link #run} computes the same calls anew, in the same memory, from what the tensors of its constants hold then. A run
 * allocates nothing, neither tensors nor objects, and has the bits of the calls on a new tape.
 *
 * <pre>{@code
 * try (var step = new Replay(workspace, type, pool)) {
 *     var output = network.forward(step.tape(), step.tape().constant(x), layout, initial);
 *     x.copyFrom(next);
 *     step.run(); // output.logits() are those of the next input
 * }
 * }</pre>
 *
 * <p>From the first run until it is closed a replay {@linkplain Parameters#share shares} the parameters that it reads with
 * other replays, in any threads: nothing may change them meanwhile. One thread at a time may run it, any thread. Inputs are
 * checked for NaN while recording only. Nothing flows back, and dropout does not take place.
 */
public final class Replay implements AutoCloseable {
    private final Recorder recorder;
    private final Tape tape;
    private final List<Workspace.Hold> holds = new ArrayList<>();
    private final AtomicReference<Thread> user = new AtomicReference<>();
    private boolean sharesParameters;

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

    /** {@return the tape on which the computation is recorded, until the first run} */
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
     * @throws IllegalStateException if another thread runs it, or at the first run uses the parameters exclusively
     */
    public void run() {
        Thread own = Thread.currentThread();
        if (!user.compareAndSet(null, own)) {
            throw new IllegalStateException("this replay runs in another thread; give each thread a replay of its own");
        }
        try {
            if (!sharesParameters) {
                shareParameters();
            }
            recorder.replay();
        } finally {
            user.set(null);
        }
    }

    private void shareParameters() {
        try {
            for (Parameters owner : recorder.owners()) {
                holds.add(owner.share("a replay"));
            }
        } catch (RuntimeException e) {
            releaseParameters();
            throw e;
        }
        sharesParameters = true;
    }

    private void releaseParameters() {
        holds.forEach(Workspace.Hold::close);
        holds.clear();
        sharesParameters = false;
    }

    /**
     * Releases the parameters; another run would share them again.
     *
     * @throws IllegalStateException if another thread runs it
     */
    @Override
    public void close() {
        if (!user.compareAndSet(null, Thread.currentThread())) {
            throw new IllegalStateException("this replay runs in another thread; close it after that");
        }
        try {
            releaseParameters();
        } finally {
            user.set(null);
        }
    }
}
