package dev.unroll.kernels;

import java.util.List;

/**
 * Enters and exits the tensors of a call, all or none. Overloaded by the number of tensors, because a list of them
 * would be garbage of every call.
 */
final class Operands {
    private Operands() {}

    /**
     * Enters the tensors.
     *
     * @return the pool, or the caller's own if memory is confined to its thread
     */
    static WorkerPool enter(String call, WorkerPool pool, Tensor a) {
        a.enter(call);
        return a.isConfined() ? WorkerPool.caller() : pool;
    }

    static WorkerPool enter(String call, WorkerPool pool, Tensor a, Tensor b) {
        WorkerPool threads = enter(call, pool, a);
        try {
            return enter(call, threads, b);
        } catch (RuntimeException | Error e) {
            a.exit();
            throw e;
        }
    }

    static WorkerPool enter(String call, WorkerPool pool, Tensor a, Tensor b, Tensor c) {
        WorkerPool threads = enter(call, pool, a, b);
        try {
            return enter(call, threads, c);
        } catch (RuntimeException | Error e) {
            exit(a, b);
            throw e;
        }
    }

    static WorkerPool enter(String call, WorkerPool pool, Tensor a, Tensor b, Tensor c, Tensor d) {
        WorkerPool threads = enter(call, pool, a, b);
        try {
            return enter(call, threads, c, d);
        } catch (RuntimeException | Error e) {
            exit(a, b);
            throw e;
        }
    }

    static WorkerPool enter(String call, WorkerPool pool, Tensor a, Tensor b, Tensor c, Tensor d, Tensor e) {
        WorkerPool threads = enter(call, pool, a, b);
        try {
            return enter(call, threads, c, d, e);
        } catch (RuntimeException | Error refused) {
            exit(a, b);
            throw refused;
        }
    }

    static WorkerPool enter(
            String call, WorkerPool pool, Tensor a, Tensor b, Tensor c, Tensor d, Tensor e, Tensor f) {
        WorkerPool threads = enter(call, pool, a, b, c);
        try {
            return enter(call, threads, d, e, f);
        } catch (RuntimeException | Error refused) {
            exit(a, b, c);
            throw refused;
        }
    }

    static WorkerPool enter(
            String call, WorkerPool pool, Tensor a, Tensor b, Tensor c, Tensor d, Tensor e, Tensor f, Tensor g) {
        WorkerPool threads = enter(call, pool, a, b, c);
        try {
            return enter(call, threads, d, e, f, g);
        } catch (RuntimeException | Error refused) {
            exit(a, b, c);
            throw refused;
        }
    }

    /** Enters the tensors of two lists of equal length, and one more. */
    static WorkerPool enter(String call, WorkerPool pool, List<Tensor> a, List<Tensor> b, Tensor c) {
        WorkerPool threads = enter(call, pool, c);
        int entered = 0;
        try {
            for (; entered < a.size(); entered++) {
                threads = enter(call, threads, a.get(entered), b.get(entered));
            }
            return threads;
        } catch (RuntimeException | Error e) {
            exit(a, b, entered);
            c.exit();
            throw e;
        }
    }

    private static void exit(List<Tensor> a, List<Tensor> b, int entered) {
        for (int i = 0; i < entered; i++) {
            exit(a.get(i), b.get(i));
        }
    }

    static void exit(List<Tensor> a, List<Tensor> b, Tensor c) {
        exit(a, b, a.size());
        c.exit();
    }

    static void exit(Tensor a, Tensor b) {
        a.exit();
        b.exit();
    }

    static void exit(Tensor a, Tensor b, Tensor c) {
        exit(a, b);
        c.exit();
    }

    static void exit(Tensor a, Tensor b, Tensor c, Tensor d) {
        exit(a, b);
        exit(c, d);
    }

    static void exit(Tensor a, Tensor b, Tensor c, Tensor d, Tensor e) {
        exit(a, b);
        exit(c, d, e);
    }

    static void exit(Tensor a, Tensor b, Tensor c, Tensor d, Tensor e, Tensor f) {
        exit(a, b, c);
        exit(d, e, f);
    }

    static void exit(Tensor a, Tensor b, Tensor c, Tensor d, Tensor e, Tensor f, Tensor g) {
        exit(a, b, c);
        exit(d, e, f, g);
    }
}
