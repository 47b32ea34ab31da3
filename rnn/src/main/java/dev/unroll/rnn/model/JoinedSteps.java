package dev.unroll.rnn.model;

import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.operator.Network;
import java.util.ArrayList;
import java.util.List;

/**
 * Recorded steps of many sizes, of which a batch takes the smallest one that it fits in, and the memory of the seats. A run
 * allocates nothing. One thread at a time may run batches, any thread.
 */
final class JoinedSteps implements AutoCloseable {
    private final List<JoinedStep> steps = new ArrayList<>();
    private final SeatMemory seats;

    /**
     * Records the steps.
     *
     * @param memory of everything; the caller closes it, also if this throws
     */
    JoinedSteps(
            DeepRnn network, Network layers, int seats, int rows, boolean readsIds, Session.Output kind,
            Workspace memory) {
        List<ReplayedStep> recorded = new ArrayList<>();
        try {
            for (int size : sizes(rows)) {
                recorded.add(new ReplayedStep(network, layers, size, readsIds, kind, memory));
            }
            this.seats = new SeatMemory(memory, seats, recorded.getFirst());
        } catch (Throwable e) {
            recorded.forEach(ReplayedStep::close);
            throw e;
        }
        for (ReplayedStep step : recorded) {
            steps.add(new JoinedStep(step, Math.toIntExact(step.output().rows())));
        }
    }

    /**
     * Every size to 8, and four between a power of two and the next one: the time of a step grows with its rows, and so at most
     * 18% of them are spare. All sizes together have up to 7.3 times the rows of the largest one.
     */
    static List<Integer> sizes(int rows) {
        List<Integer> sizes = new ArrayList<>();
        for (int size = 1; size < rows; size += Math.max(1, Integer.highestOneBit(size) / 4)) {
            sizes.add(size);
        }
        sizes.add(rows);
        return sizes;
    }

    void run(Seat[] batch, int count) {
        int at = 0;
        while (steps.get(at).rows() < count) {
            at++;
        }
        steps.get(at).run(batch, count, seats);
    }

    /** Runs steps of all sizes until they no longer become faster; no seat is touched. */
    long warmUp() {
        int[] turn = {0};
        return WarmUp.run(() -> {
            turn[0] = (turn[0] + 1) % steps.size();
            steps.get(turn[0]).run();
        });
    }

    SeatMemory seats() {
        return seats;
    }

    @Override
    public void close() {
        steps.forEach(JoinedStep::close);
        seats.close();
    }
}
