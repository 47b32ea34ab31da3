package dev.unroll.rnn.autograd;

import java.util.List;

/**
 * An op: a function of tensors and its derivative, each a sequence of kernels. Most ops are {@linkplain #define
 * defined} by their operands; an op whose outputs have other shapes may be constructed, and make them in its forward
 * computation.
 *
 * <p>Immutable, and safe for use by many threads, as the two computations must be.
 *
 * @param name unique in a table
 * @param domain what each input may be
 * @param forward makes the outputs, in the order of {@link Call#output(long, long)} calls, and computes them
 * @param backward adds to the gradients of those inputs that {@linkplain Call#wants(int) want} one
 */
public record Op(String name, List<Domain> domain, Computation forward, Computation backward) {
    /** One direction of an op: kernels that are called with the tensors of a {@link Call}. */
    @FunctionalInterface
    public interface Computation {
        /**
         * Runs the kernels.
         *
         * @param call gives the tensors
         */
        void run(Call call);
    }

    /**
     * {@return a builder of an op without operands}
     * @param name unique in a table
     */
    public static OpDefinition define(String name) {
        return new OpDefinition(name);
    }

    @Override
    public String toString() {
        return name;
    }
}
