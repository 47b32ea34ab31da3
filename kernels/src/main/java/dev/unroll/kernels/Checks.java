package dev.unroll.kernels;

import java.lang.foreign.ValueLayout;

/**
 * Argument checks of public calls, made before anything is written. A message begins with the call and names the
 * parameter. Tensors count as the matrices of their rows.
 *
 * <p>Every call spells out its checks. Driven by a table of operands instead, faces were a third shorter, but calls
 * took 50 to 190 ns longer: twice the time of the smallest ones.
 */
final class Checks {
    private Checks() {}

    static void notNull(String call, String name, Object argument) {
        if (argument == null) {
            throw new IllegalArgumentException(call + ": " + name + " is null");
        }
    }

    /** Checks that a tensor has a floating type. */
    static void floating(String call, String name, Tensor tensor) {
        notNull(call, name, tensor);
        if (!tensor.type().isFloating()) {
            throw new IllegalArgumentException(
                    call + ": " + name + " " + tensor + " is not floating point; use F32 or F64");
        }
    }

    /** Also checks the sizes, for kernels that count rows and columns by ints. */
    static void floatingMatrix(String call, String name, Tensor tensor) {
        floating(call, name, tensor);
        if (Math.max(tensor.rows(), tensor.columns()) > Gemm.MAX_SIZE) {
            throw new IllegalArgumentException(call + ": " + name + " " + tensor + " has more rows or columns than "
                    + Gemm.MAX_SIZE + "; work on parts of it");
        }
    }

    /** Checks an input: it has the type of the call's first tensor and, as a matrix, the expected sizes. */
    static void input(String call, String name, Tensor tensor, long rows, long columns, Tensor first) {
        notNull(call, name, tensor);
        if (tensor.type() != first.type()) {
            throw new IllegalArgumentException(
                    call + ": " + name + " " + tensor + " and " + first + " must have one element type");
        }
        if (tensor.rows() != rows || tensor.columns() != columns) {
            throw new IllegalArgumentException(call + ": " + name + " " + tensor + " does not fit " + first
                    + "; expected [" + rows + ", " + columns + "]");
        }
    }

    /** Checks an output: an input that is also writable. */
    static void output(String call, String name, Tensor tensor, long rows, long columns, Tensor first) {
        input(call, name, tensor, rows, columns, first);
        writable(call, name, tensor);
    }

    static void writable(String call, String name, Tensor tensor) {
        if (tensor.segment().isReadOnly()) {
            throw new IllegalArgumentException(
                    call + ": " + name + " " + tensor + " is read-only memory; give memory that can be written;"
                            + " values of parameters are changed by Parameter.write or Parameters.write");
        }
    }

    /** Checks ids, one per row of a tensor, which the kernels read without a stride. */
    static void ids(String call, String name, Tensor ids, long count, Tensor because) {
        notNull(call, name, ids);
        if (ids.type() != ElementType.I32 || ids.size() != count || !ids.isContiguous()) {
            throw new IllegalArgumentException(call + ": " + name + " " + ids + " does not fit " + because
                    + "; expected I32[" + count + "] without gaps");
        }
    }

    /** Checks any number of ids, which the kernels read without a stride. */
    static void ids(String call, String name, Tensor ids) {
        notNull(call, name, ids);
        if (ids.type() != ElementType.I32 || !ids.isContiguous() || ids.size() > Gemm.MAX_SIZE) {
            throw new IllegalArgumentException(
                    call + ": " + name + " " + ids + " are no ids; expected I32 without gaps, at most "
                            + Gemm.MAX_SIZE);
        }
    }

    /** Checks that every id is from 0 to below a limit and larger than the one before. The tensor must be entered. */
    static void ascending(String call, String name, Tensor ids, long limit) {
        range(call, name, ids, limit);
        for (long i = 1; i < ids.size(); i++) {
            long at = ids.offset() + i * Integer.BYTES;
            int id = ids.segment().get(ValueLayout.JAVA_INT, at);
            int before = ids.segment().get(ValueLayout.JAVA_INT, at - Integer.BYTES);
            if (id <= before) {
                throw new IllegalArgumentException(call + ": " + name + "[" + i + "] is " + id + " after " + before
                        + "; expected ascending ids, each once");
            }
        }
    }

    /** Checks one number per row of a tensor, of the tensor's type, accessed by the kernels without a stride. */
    static void perRow(String call, String name, Tensor tensor, Tensor first) {
        perRow(call, name, tensor, first.rows(), first.type(), first);
    }

    static void perRow(String call, String name, Tensor tensor, long count, ElementType type, Tensor because) {
        notNull(call, name, tensor);
        if (tensor.type() != type || tensor.size() != count || !tensor.isContiguous()) {
            throw new IllegalArgumentException(call + ": " + name + " " + tensor + " does not fit " + because
                    + "; expected " + type + "[" + count + "] without gaps");
        }
    }

    /** Checks that every id is from 0 to below a limit. The tensor must be entered. */
    static void range(String call, String name, Tensor ids, long limit) {
        range(call, name, ids, limit, Long.MIN_VALUE);
    }

    /** Checks that every id is from 0 to below a limit, or equal to one other allowed value. */
    static void range(String call, String name, Tensor ids, long limit, long allowed) {
        for (long i = 0; i < ids.size(); i++) {
            int id = ids.segment().get(ValueLayout.JAVA_INT, ids.offset() + i * Integer.BYTES);
            if ((id < 0 || id >= limit) && id != allowed) {
                throw new IllegalArgumentException(
                        call + ": " + name + "[" + i + "] is " + id + "; expected at least 0 and less than " + limit
                                + (allowed == Long.MIN_VALUE ? "" : ", or " + allowed));
            }
        }
    }
}
