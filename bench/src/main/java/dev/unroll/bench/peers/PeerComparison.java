package dev.unroll.bench.peers;

import dev.unroll.bench.peak.CopyLoop;
import dev.unroll.bench.peak.FmaLoop;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.MemoryLimitException;
import dev.unroll.kernels.WorkerPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** Runs works against all peers that can do them, one duel after the other. */
public final class PeerComparison {
    private static final double MAX_CALL_SECONDS = 2;

    /** Of networks, whose longest sequences take that long on one thread. */
    private static final double MAX_NETWORK_SECONDS = 10;

    private static final int CACHED = 1 << 16;

    private final Map<ElementType, FmaLoop> arithmetic = Map.of(
            ElementType.F32, new FmaLoop(ElementType.F32), ElementType.F64, new FmaLoop(ElementType.F64));
    private final Peers peers;
    private final Timing timing;
    private final Consumer<String> progress;
    private final List<String> leftOut = new ArrayList<>();

    /**
     * A comparison.
     *
     * @param peers with whom
     * @param timing how long and how often
     * @param progress receives a line before each work is measured
     */
    public PeerComparison(Peers peers, Timing timing, Consumer<String> progress) {
        this.peers = peers;
        this.timing = timing;
        this.progress = progress;
        arithmetic.values().forEach(loop -> loop.warmUp(timing.warmUpSeconds()));
        try (CopyLoop bandwidth = new CopyLoop(CACHED)) {
            bandwidth.warmUp(timing.warmUpSeconds());
        }
    }

    /**
     * Compares.
     *
     * @param works what to compute
     * @param threads for both sides
     * @return one row for each work and peer; one of Unroll alone for a network that no peer can do; none for a work that is
     *     {@linkplain #leftOut left out}
     * @throws InterruptedException if the thread is interrupted
     * @throws IllegalStateException if a peer's result differs from ours
     */
    public List<Row> run(List<Work> works, int threads) throws InterruptedException {
        List<Row> rows = new ArrayList<>();
        try (WorkerPool pool = new WorkerPool(threads)) {
            for (int i = 0; i < works.size(); i++) {
                Work work = works.get(i);
                progress.accept("measuring " + work.name() + " " + work.shape() + ", "
                        + (threads == 1 ? "1 thread" : threads + " threads") + " (" + (i + 1) + " of " + works.size()
                        + ")");
                rows.addAll(compare(work, pool));
            }
        }
        return rows;
    }

    /**
     * Who was too slow to wait for, or needs more memory than there is.
     *
     * @return a line for each, with the reason
     */
    public List<String> leftOut() {
        return leftOut;
    }

    private List<Row> compare(Work work, WorkerPool pool) throws InterruptedException {
        if (work instanceof Work.Product || work instanceof Work.Network) {
            Timing time = work instanceof Work.Network ? timing.forNetworks() : timing;
            return compare(work, pool, new Duel(time, pool, arithmetic.get(work.type())));
        }
        try (CopyLoop bandwidth = new CopyLoop((long) work.amount())) {
            return compare(work, pool, new Duel(timing, pool, bandwidth));
        }
    }

    private List<Row> compare(Work work, WorkerPool pool, Duel duel) throws InterruptedException {
        List<Row> rows = new ArrayList<>();
        try (Inputs inputs = new Inputs(work); Contestant ours = Unroll.enter(work, inputs, pool)) {
            Calls.First first = first(work, ours);
            for (Peer peer : peers.present()) {
                try (Contestant other = peer.enter(work, inputs, pool.threads()).orElse(null)) {
                    if (other != null && isReady(work, ours, peer, other)) {
                        rows.add(Row.of(work, pool.threads(), peer, duel.run(ours, other), first));
                    }
                } catch (MemoryLimitException e) { // Unroll beside itself takes memory twice
                    leaveOut(peer.name(), work, e.getMessage());
                }
            }
            if (rows.isEmpty() && work instanceof Work.Network) {
                rows.add(Row.of(work, pool.threads(), null, duel.run(ours, null), first));
            }
        } catch (MemoryLimitException e) {
            leaveOut(Peers.UNROLL, work, e.getMessage());
        }
        return rows;
    }

    /** Calls ours for the first time, and times a new training meanwhile. */
    private Calls.First first(Work work, Contestant ours) {
        if (work instanceof Work.Network network && network.trains()) {
            return Calls.First.of(ours, timing.firstSeconds());
        }
        ours.seconds(1);
        return null;
    }

    /** Requires equal results, without which times are not comparable. */
    private boolean isReady(Work work, Contestant ours, Peer peer, Contestant other) {
        double seconds = other.seconds(1);
        Agreement.check(work, ours.result(), peer, other.result());
        if (seconds > (work instanceof Work.Network ? MAX_NETWORK_SECONDS : MAX_CALL_SECONDS)) {
            leaveOut(peer.name(), work, String.format(Locale.ROOT, "one call takes %.1f s", seconds));
            return false;
        }
        return true;
    }

    private void leaveOut(String contestant, Work work, String reason) {
        leftOut.add(contestant + " at " + work.name() + " " + work.shape() + ": " + reason);
    }
}
