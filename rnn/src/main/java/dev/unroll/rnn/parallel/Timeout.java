package dev.unroll.rnn.parallel;

import dev.unroll.rnn.internal.Nulls;
import java.time.Duration;

/** The longest time to wait for other workers. */
record Timeout(long nanos) {
    private static final Duration LONGEST = Duration.ofDays(10_000);
    private static final long SECOND = 1_000_000_000;
    private static final long MILLISECOND = 1_000_000;

    static Timeout of(String call, Duration timeout) {
        Nulls.require(call, "timeout", timeout);
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException(call + ": the timeout must be positive, not " + timeout);
        }
        return new Timeout((timeout.compareTo(LONGEST) < 0 ? timeout : LONGEST).toNanos());
    }

    /** {@return the nanoseconds that are left, negative when it is over} */
    long left(long since, long now) {
        return nanos - (now - since);
    }

    Timeout atMost(long limit) {
        return nanos <= limit ? this : new Timeout(limit);
    }

    /** {@return a number of nanoseconds in milliseconds, rounded up} */
    static long toMillis(long nanos) {
        return (nanos + MILLISECOND - 1) / MILLISECOND;
    }

    @Override
    public String toString() {
        if (nanos % SECOND == 0) {
            return nanos / SECOND + " s";
        }
        return nanos >= MILLISECOND ? nanos / MILLISECOND + " ms" : nanos + " ns";
    }
}
