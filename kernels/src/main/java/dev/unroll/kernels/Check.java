package dev.unroll.kernels;

import java.lang.foreign.ValueLayout;

/** The checks that stand at every public entry, before anything is written. Messages begin with the call. */
final class Check {
    private Check() {}

    /** One floating type, nothing null. */
    static ElementType floating(String call, Tensor... tensors) {
        ElementType type = null;
        for (Tensor tensor : tensors) {
            notNull(call, tensor);
            if (!tensor.type().isFloating()) {
                throw new IllegalArgumentException(call + ": " + tensor + " is not floating point; use F32 or F64");
            }
            if (type != null && tensor.type() != type) {
                throw new IllegalArgumentException(
                        call + ": " + tensors[0] + " and " + tensor + " must have one element type");
            }
            type = tensor.type();
        }
        return type;
    }

    static void notNull(String call, Object argument) {
        if (argument == null) {
            throw new IllegalArgumentException(call + ": an argument is null");
        }
    }

    /** As matrices: what lies before the last size counts as rows. */
    static void sameMatrix(String call, Tensor expected, Tensor actual) {
        matrix(call, actual, expected.rows(), expected.columns(), expected);
    }

    static void matrix(String call, Tensor actual, long rows, long columns, Object because) {
        if (actual.rows() != rows || actual.columns() != columns) {
            throw new IllegalArgumentException(call + ": " + actual + " does not fit " + because + "; expected [" + rows
                    + ", " + columns + "]");
        }
        if (Math.max(rows, columns) > Gemm.MAX_SIZE) {
            throw new IllegalArgumentException(
                    call + ": " + actual + " has more rows or columns than " + Gemm.MAX_SIZE + "; work on parts of it");
        }
    }

    static void output(String call, Tensor tensor) {
        if (tensor.segment().isReadOnly()) {
            throw new IllegalArgumentException(call + ": the output " + tensor + " is read-only memory");
        }
    }

    /** Ids from 0 to a limit, as many as there are rows. The tensor must be entered. */
    static void ids(String call, Tensor ids, long limit) {
        for (long i = 0; i < ids.size(); i++) {
            int id = ids.segment()
                    .get(ValueLayout.JAVA_INT, ids.offset() + i * ElementType.I32.bytes());
            if (id < 0 || id >= limit) {
                throw new IllegalArgumentException(
                        call + ": id " + id + " at position " + i + " is not from 0 to " + (limit - 1));
            }
        }
    }

    static void idTensor(String call, Tensor ids, long count, Object because) {
        notNull(call, ids);
        if (ids.type() != ElementType.I32 || ids.size() != count || !ids.isContiguous()) {
            throw new IllegalArgumentException(
                    call + ": " + ids + " does not fit " + because + "; expected I32[" + count + "] without gaps");
        }
    }

    /** Enters all or none. */
    static void enter(String call, Tensor... tensors) {
        for (int i = 0; i < tensors.length; i++) {
            try {
                tensors[i].enter(call);
            } catch (IllegalStateException e) {
                for (int j = 0; j < i; j++) {
                    tensors[j].exit();
                }
                throw e;
            }
        }
    }

    static void exit(Tensor... tensors) {
        for (Tensor tensor : tensors) {
            tensor.exit();
        }
    }
}
