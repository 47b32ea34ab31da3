package dev.unroll.kernels;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts what all workspaces together have taken from the operating system. A workspace without a limit of its own may
 * take as much as the account allows; one with a limit is refused by that alone, and counted for messages.
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
            // said below, as for a size that is not positive
        }
        throw new IllegalArgumentException("unroll.memory=" + text + ": expected a size such as 512m or 8g");
    }

    /** Counts some bytes, unless there would then be more than the limit. */
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

    /** Counts bytes of a workspace with a limit of its own, which take no room of others. */
    void takeOwn(long bytes) {
        takenByOwn.addAndGet(bytes);
    }

    void giveBackOwn(long bytes) {
        takenByOwn.addAndGet(-bytes);
    }

    /** What workspaces with limits of their own have taken, in bytes. */
    long takenByOwn() {
        return takenByOwn.get();
    }

    /** A workspace has taken its first bytes. */
    void open() {
        workspaces.incrementAndGet();
    }

    /** A workspace has given everything back. */
    void close() {
        workspaces.decrementAndGet();
    }

    /** What is taken, in bytes. */
    long taken() {
        return taken.get();
    }

    /** How many workspaces have some of it. */
    long workspaces() {
        return workspaces.get();
    }
}
