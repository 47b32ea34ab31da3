package dev.unroll.kernels;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the memory that all workspaces together have taken from the operating system. A workspace without its own
 * limit may take as much as the account allows; one with a limit is bound by that alone, and counted for messages only.
 */
final class MemoryAccount {
    private static final MemoryAccount COMMON = new MemoryAccount();

    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong takenByOwn = new AtomicLong();
    private final AtomicLong workspaces = new AtomicLong();

    static MemoryAccount common() {
        return COMMON;
    }

    /** See {@link Workspace#defaultLimit()}. */
    static long defaultLimit() {
        String text = System.getProperty("unroll.memory");
        return text == null ? Runtime.getRuntime().maxMemory() : parseSize(text);
    }

    private static long parseSize(String text) {
        String digits = text.strip().toLowerCase(Locale.ROOT);
        int unit = digits.isEmpty() ? -1 : "kmg".indexOf(digits.charAt(digits.length() - 1));
        try {
            long count = Long.parseLong(unit < 0 ? digits : digits.substring(0, digits.length() - 1));
            long size = Math.multiplyExact(count, 1L << 10 * (unit + 1));
            if (size > 0) {
                return size;
            }
        } catch (NumberFormatException | ArithmeticException e) {
            // reported below, as is a size that is not positive
        }
        throw new IllegalArgumentException("unroll.memory=" + text + ": expected a size such as 512m or 8g");
    }

    /** Counts bytes, unless the total would then exceed the limit. */
    boolean take(long bytes, long limit) {
        while (true) {
            long before = taken.get();
            if (bytes > limit - before) {
                return false;
            }
            if (taken.compareAndSet(before, before + bytes)) {
                return true;
            }
        }
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    /** Counts bytes of a workspace with its own limit, which do not count against the common limit. */
    void takeOwn(long bytes) {
        takenByOwn.addAndGet(bytes);
    }

    void giveBackOwn(long bytes) {
        takenByOwn.addAndGet(-bytes);
    }

    /** The bytes taken by workspaces with their own limits. */
    long takenByOwn() {
        return takenByOwn.get();
    }

    /** Counts a workspace that has taken its first bytes. */
    void open() {
        workspaces.incrementAndGet();
    }

    /** Uncounts a workspace that has returned all of its memory. */
    void close() {
        workspaces.decrementAndGet();
    }

    /** The bytes taken under the common limit. */
    long taken() {
        return taken.get();
    }

    /** The number of workspaces that hold memory. */
    long workspaces() {
        return workspaces.get();
    }
}
