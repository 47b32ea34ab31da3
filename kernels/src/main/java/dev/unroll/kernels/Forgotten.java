package dev.unroll.kernels;

import java.lang.ref.Cleaner;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Frees the resources of owners that became unreachable without being closed, and reports where they were created:
 * always, for a sample of one in {@value #PERIOD} (each place once), or never, as {@code
 * -Dunroll.leaks=all|sampled|off} says.
 */
final class Forgotten {
    /** The sampling period: a prime, so that no regular pattern of creation hides a leak for ever. */
    static final int PERIOD = 127;

    private static final System.Logger LOGGER = System.getLogger("dev.unroll.kernels");
    private static final Cleaner CLEANER = Cleaner.create();
    private static final AtomicLong MADE = new AtomicLong();

    /** The places already reported, of samples only; bounded by this size. */
    private static final Set<List<StackTraceElement>> REPORTED = ConcurrentHashMap.newKeySet();

    private static final int PLACES = 1_000;

    private Forgotten() {}

    /**
     * Starts watching an owner.
     *
     * @param what display name in messages, such as "workspace step"
     * @param free releases the resources; must not refer to the owner
     * @return the watch, to be closed with the owner
     * @throws IllegalArgumentException if {@code unroll.leaks} has another value
     */
    static Watch watch(Object owner, String what, Runnable free) {
        Watch watch = new Watch(what, free, placeOf(what));
        watch.cleanable = CLEANER.register(owner, watch);
        return watch;
    }

    /** The place of creation, null if it will not be reported. */
    private static Throwable placeOf(String what) {
        String level = System.getProperty("unroll.leaks", "sampled");
        boolean isReported = switch (level) {
            case "off" -> false;
            case "sampled" -> MADE.incrementAndGet() % PERIOD == 0;
            case "all" -> true;
            default -> throw new IllegalArgumentException(
                    "unroll.leaks=" + level + ": expected off, sampled or all");
        };
        return isReported ? new Throwable(what + " was made here") : null;
    }

    private static void report(String what, Throwable place) {
        boolean isNew = REPORTED.size() < PLACES && REPORTED.add(List.of(place.getStackTrace()));
        if (isNew || System.getProperty("unroll.leaks", "").equals("all")) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    what + " was never closed, and is freed only now that nobody can reach it: close it, best by"
                            + " try (...) where it is made",
                    place);
        }
    }

    /** The resources of a watched owner, which survive it. */
    static final class Watch implements Runnable {
        private final String what;
        private final Runnable free;
        private final Throwable placeOrNull;
        private Cleaner.Cleanable cleanable;
        private boolean closed;

        private Watch(String what, Runnable free, Throwable placeOrNull) {
            this.what = what;
            this.free = free;
            this.placeOrNull = placeOrNull;
        }

        /** Frees the resources when the owner is closed; a second call does nothing. */
        void close() {
            closed = true;
            cleanable.clean();
        }

        /** Runs once: on close, or by the cleaner when the owner has become unreachable. */
        @Override
        public void run() {
            try {
                if (!closed && placeOrNull != null) {
                    report(what, placeOrNull);
                }
            } finally {
                free.run();
            }
        }
    }

    /**
     * Runs the garbage collector once, then waits until forgotten resources are freed or an attempt succeeds.
     *
     * @param attempt returns true if it succeeded
     * @return whether an attempt succeeded
     */
    static boolean free(BooleanSupplier attempt) {
        CountDownLatch collected = new CountDownLatch(1);
        CLEANER.register(new Object(), collected::countDown);
        System.gc();
        boolean interrupted = false;
        boolean succeeded = attempt.getAsBoolean();
        // The cleaner frees what one collection found little by little, in no order: wait longer than for the first.
        for (int wait = 1; wait <= 256 && !succeeded; wait *= 2) {
            try {
                if (collected.await(wait, TimeUnit.MILLISECONDS)) {
                    Thread.sleep(Math.min(wait, 32));
                }
            } catch (InterruptedException e) {
                interrupted = true; // restored for the caller below
            }
            succeeded = attempt.getAsBoolean();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return succeeded;
    }
}
