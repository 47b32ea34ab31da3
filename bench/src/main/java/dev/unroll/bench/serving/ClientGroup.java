package dev.unroll.bench.serving;

import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.model.JoinedSession;
import dev.unroll.rnn.model.JoinedSessions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.random.RandomGenerator;
import org.HdrHistogram.Histogram;

/** Clients that take a number of steps when they are told to, as fast as they can, each with one session or some. */
final class ClientGroup implements AutoCloseable {
    private static final long LONGEST = 60_000_000_000L;

    /** Decimal digits of times. */
    private static final int DIGITS = 3;

    private final ServingLoad load;
    private final List<Thread> threads = new ArrayList<>();
    private final List<Histogram> latencies = new ArrayList<>();
    private final CyclicBarrier barrier;
    private volatile int steps;
    private volatile boolean isOver;
    private volatile Throwable failure;

    ClientGroup(ServingLoad load, Clients kind, JoinedSessions server) {
        this.load = load;
        int count = kind == Clients.LOOP ? Math.min(load.loops(), load.sessions()) : load.sessions();
        barrier = new CyclicBarrier(count + 1);
        for (int i = 0; i < count; i++) {
            int from = i * load.sessions() / count;
            int to = (i + 1) * load.sessions() / count;
            List<JoinedSession> sessions = new ArrayList<>();
            for (int j = from; j < to; j++) {
                sessions.add(server.open());
            }
            Histogram own = new Histogram(LONGEST, DIGITS);
            latencies.add(own);
            threads.add(kind.thread(() -> serve(sessions.toArray(new JoinedSession[0]), own)));
        }
        threads.forEach(Thread::start);
    }

    int threads() {
        return threads.size();
    }

    private void serve(JoinedSession[] sessions, Histogram own) {
        float[] frame = new float[load.model().inputs()];
        RandomGenerator random = Randoms.of(1);
        for (int i = 0; i < frame.length; i++) {
            frame[i] = random.nextFloat();
        }
        float[] results = new float[load.model().outputs()];
        long[] begun = new long[sessions.length];
        try {
            barrier.await();
            while (!isOver) {
                for (int i = steps; i > 0; i--) {
                    if (sessions.length == 1) {
                        one(sessions[0], frame, results, own);
                    } else {
                        many(sessions, frame, results, begun, own);
                    }
                }
                barrier.await(); // all are done
                barrier.await(); // and begin again
            }
        } catch (InterruptedException | BrokenBarrierException | RuntimeException e) {
            failure = e;
            barrier.reset();
        }
    }

    private static void one(JoinedSession session, float[] frame, float[] results, Histogram own)
            throws InterruptedException {
        long begun = System.nanoTime();
        session.step(frame, results);
        own.recordValue(System.nanoTime() - begun);
    }

    private static void many(JoinedSession[] sessions, float[] frame, float[] results, long[] begun, Histogram own)
            throws InterruptedException {
        for (int i = 0; i < sessions.length; i++) {
            begun[i] = System.nanoTime();
            sessions[i].submit(frame);
        }
        for (int i = 0; i < sessions.length; i++) {
            sessions[i].await(results);
            own.recordValue(System.nanoTime() - begun[i]);
        }
    }

    /** Lets every session take a number of steps, and returns the seconds until all have. */
    double run(int count) throws InterruptedException {
        steps = count;
        meet();
        long start = System.nanoTime();
        meet();
        return (System.nanoTime() - start) / 1e9;
    }

    private void meet() throws InterruptedException {
        try {
            barrier.await();
        } catch (BrokenBarrierException e) {
            throw new IllegalStateException("a client failed: " + failure, failure == null ? e : failure);
        }
    }

    void forgetLatencies() {
        latencies.forEach(Histogram::reset);
    }

    /** Returns the nanoseconds of all steps. */
    Histogram latencies() {
        Histogram all = new Histogram(LONGEST, DIGITS);
        latencies.forEach(all::add);
        return all;
    }

    /** Ends the threads; the sessions are closed with those that they are joined in. */
    @Override
    public void close() {
        isOver = true;
        boolean wasInterrupted = false;
        try {
            if (failure == null) {
                meet();
            } else {
                threads.forEach(Thread::interrupt);
            }
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            wasInterrupted = true;
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
