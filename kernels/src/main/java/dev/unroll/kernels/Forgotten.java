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
 * Frees what was never closed, once nobody can reach its owner any more, and says where it was made: of every owner; of
 * one in {@value #PERIOD}, and of each place once; or of none, as {@code -Dunroll.leaks=all|sampled|off} says.
 */
final class Forgotten {
    /** A prime, so that no pattern of what is made hides anything for ever. */
    static final int PERIOD = 127;

    private static final System.Logger LOGGER = System.getLogger("dev.unroll.kernels");
    private static final Cleaner CLEANER = Cleaner.create();
    private static final AtomicLong MADE = new AtomicLong();

    /** Where what was reported was made, of the samples alone; more than this many are not kept. */
    private static final Set<List<StackTraceElement>> REPORTED = ConcurrentHashMap.newKeySet();

    private static final int PLACES = 1_000;

    private Forgotten() {}

    /**
     * Watches an owner.
     *
     * @param what messages call it, such as "workspace step"
     * @param free gives back what it owns; without a reference to the owner
     * @return to be told when the owner is closed
     * @throws IllegalArgumentException if the property is none of the three
     */
    static Watch watch(Object owner, String what, Runnable free) {
        Watch watch = new Watch(what, free, placeOf(what));
        watch.cleanable = CLEANER.register(owner, watch);
        return watch;
    }

    /** Null where nothing will be reported. */
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

    /** What is left of an owner when it was forgotten. */
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

        /** The owner is closed: frees what it owns, if it was not freed before. */
        void close() {
            closed = true;
            cleanable.clean();
        }

        /** Called once: by close, or by the cleaner when the owner cannot be reached. */
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
     * Has the garbage collector look once for what was forgotten, and waits until it is freed or an attempt succeeds.
     *
     * @param attempt true if it succeeded
     * @return whether one did
     */
    static boolean free(BooleanSupplier attempt) {
        CountDownLatch collected = new CountDownLatch(1);
        CLEANER.register(new Object(), collected::countDown);
        System.gc();
        boolean interrupted = false;
        boolean succeeded = attempt.getAsBoolean();
        // What one collection found is not freed in one moment, and in no order: a little longer than the first of it.
        for (int wait = 1; wait <= 256 && !succeeded; wait *= 2) {
            try {
                if (collected.await(wait, TimeUnit.MILLISECONDS)) {
                    Thread.sleep(Math.min(wait, 32));
                }
            } catch (InterruptedException e) {
                interrupted = true; // it is still the caller's to see
            }
            succeeded = attempt.getAsBoolean();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return succeeded;
    }
}
