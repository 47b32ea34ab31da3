package dev.unroll.rnn.autograd;

import java.util.List;

/**
 * One row of the table of ops.
 *
 * @param name unique in the table
 * @param domain of each input
 * @param forward makes the outputs, in the order of {@link Call#output(long, long)} calls
 * @param backward adds to the gradients of those inputs that {@linkplain Call#wants(int) want} one
 */
public record Op(String name, List<Domain> domain, Rule forward, Rule backward) {
    /** Half of an op: kernels called over the tensors of a {@link Call}. */
    @FunctionalInterface
    public interface Rule {
        /**
         * Runs the kernels.
         *
         * @param call whose inputs, outputs and kept tensors to use
         */
        void run(Call call);
    }

    @Override
    public String toString() {
        return name;
    }
}
