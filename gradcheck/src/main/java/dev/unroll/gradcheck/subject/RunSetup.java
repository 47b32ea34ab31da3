package dev.unroll.gradcheck.subject;

import dev.unroll.kernels.WorkerPool;
import java.util.function.IntPredicate;

/**
 * What a run of a function on a tape is like.
 *
 * @param recording whether it can run backward
 * @param varies the inputs that get gradients, of those that can
 * @param gaps the memory between the rows of each input
 * @param pool the pool of the tape; null for that of the subject
 * @param same an input that is given again as a later one, null if there is none
 */
record RunSetup(boolean recording, IntPredicate varies, Gaps gaps, WorkerPool pool, Pair same) {
    /** Two inputs, the first before the second. */
    record Pair(int first, int second) {}

    static final RunSetup FORWARD = new RunSetup(false, _ -> true, Gaps.NONE, null, null);

    static final RunSetup BACKWARD = new RunSetup(true, _ -> true, Gaps.NONE, null, null);

    RunSetup varying(IntPredicate inputs) {
        return new RunSetup(recording, inputs, gaps, pool, same);
    }

    RunSetup with(Gaps between) {
        return new RunSetup(recording, varies, between, pool, same);
    }

    RunSetup on(WorkerPool threads) {
        return new RunSetup(recording, varies, gaps, threads, same);
    }

    RunSetup with(Pair twice) {
        return new RunSetup(recording, varies, gaps, pool, twice);
    }
}
