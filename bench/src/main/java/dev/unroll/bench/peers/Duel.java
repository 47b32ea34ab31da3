package dev.unroll.bench.peers;

import com.sun.management.ThreadMXBean;
import dev.unroll.bench.peak.Peak;
import dev.unroll.kernels.WorkerPool;
import java.lang.management.ManagementFactory;

/**
 * Times two contestants in turns: the order changes from pair to pair, and the machine's peak is measured after each.
 */
final class Duel {
    /**
     * Idle time in milliseconds that lets the spinning worker threads of other libraries park, so that they leave the
     * processors to the next contestant.
     */
    private static final long CALM_MILLISECONDS = 40;

    private static final double STEADY = 0.05;
    private static final int PATIENCE = 10;

    /** The compiler begins with a method after 5,000 calls; shorter trials of short calls see the interpreter only. */
    private static final int COMPILED_AFTER = 12_000;

    /** Factor of the usual warm-up time for contestants that are called seldom. */
    private static final int LONGER = 4;

    private static final ThreadMXBean HEAP = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Timing timing;
    private final WorkerPool pool;
    private final Peak peak;

    /**
     * Medians of all pairs.
     *
     * @param seconds of one call of ours
     * @param peerSeconds of one of theirs; NaN, as the ratio and its spread, where there is no peer
     * @param ratio their time over ours, pair by pair: above 1 we are faster
     * @param spread of that ratio
     * @param peak the peak of the machine meanwhile, operations or bytes per second
     * @param heapBytes that all threads allocate on the heap during one call of ours
     */
    record Outcome(
            double seconds, double peerSeconds, double ratio, double spread, double peak, double heapBytes) {}

    Duel(Timing timing, WorkerPool pool, Peak peak) {
        this.timing = timing;
        this.pool = pool;
        this.peak = peak;
    }

    /** Times ours beside a peer, or alone if the peer is null. */
    Outcome run(Contestant ours, Contestant peer) throws InterruptedException {
        int ourCalls = warmUp(ours);
        int peerCalls = peer == null ? 0 : warmUp(peer);
        peak.sample(pool);
        double[] seconds = new double[timing.pairs()];
        double[] peerSeconds = new double[timing.pairs()];
        double[] ratios = new double[timing.pairs()];
        double[] peaks = new double[timing.pairs()];
        double[] bytes = new double[timing.pairs()];
        for (int i = 0; i < timing.pairs(); i++) {
            if (i % 2 == 1) {
                peerSeconds[i] = sample(peer, peerCalls);
            }
            long before = HEAP.getTotalThreadAllocatedBytes();
            seconds[i] = sample(ours, ourCalls);
            bytes[i] = (double) (HEAP.getTotalThreadAllocatedBytes() - before) / ourCalls;
            if (i % 2 == 0) {
                peerSeconds[i] = sample(peer, peerCalls);
            }
            calm();
            peaks[i] = peak.sample(pool);
            ratios[i] = peerSeconds[i] / seconds[i];
        }
        return new Outcome(
                Timing.median(seconds), Timing.median(peerSeconds), Timing.median(ratios), Timing.spread(ratios),
                Timing.median(peaks), Timing.median(bytes));
    }

    private double sample(Contestant contestant, int calls) throws InterruptedException {
        if (contestant == null) {
            return Double.NaN;
        }
        calm();
        return contestant.seconds(calls) / calls;
    }

    private void calm() throws InterruptedException {
        if (pool.threads() > 1) {
            Thread.sleep(CALM_MILLISECONDS);
        }
    }

    /**
     * Calls until the time per call no longer falls, as it does while the compiler works; at most ten times as long.
     */
    private int warmUp(Contestant contestant) {
        int calls = 1;
        long allCalls = 0;
        double total = 0;
        double before = Double.POSITIVE_INFINITY;
        while (true) {
            double seconds = contestant.seconds(calls);
            total += seconds;
            allCalls += calls;
            double call = seconds / calls;
            boolean isCompiled = allCalls >= COMPILED_AFTER || total > LONGER * timing.warmUpSeconds();
            boolean isSteady = isCompiled && call > before * (1 - STEADY);
            if (total > timing.warmUpSeconds() && (isSteady || total > PATIENCE * timing.warmUpSeconds())) {
                return (int) Math.clamp(timing.sampleSeconds() / call, 1, 1_000_000);
            }
            before = call;
            calls = (int) Math.clamp(timing.sampleSeconds() / call, 1, 2.0 * calls);
        }
    }
}
