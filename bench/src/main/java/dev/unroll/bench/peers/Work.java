package dev.unroll.bench.peers;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import java.util.Locale;

/** A computation that all contestants perform. */
public sealed interface Work {
    /**
     * The name under which related works are asked for.
     *
     * @return such as gemm
     */
    String family();

    /**
     * What is computed.
     *
     * @return such as gemm-packed
     */
    String name();

    /**
     * The table in which it is shown.
     *
     * @return its title
     */
    default String table() {
        return name();
    }

    /**
     * How large it is.
     *
     * @return sizes with x between them
     */
    String shape();

    /**
     * The type of the elements.
     *
     * @return F32 or F64
     */
    ElementType type();

    /**
     * How its speed is stated.
     *
     * @return the unit
     */
    Unit unit();

    /**
     * What one call takes of that which limits it: floating-point operations, or bytes read and written.
     *
     * @return how many
     */
    double amount();

    /**
     * Elements of the result.
     *
     * @return how many
     */
    long elements();

    /**
     * The largest difference of two right results, as a part of their size (Frobenius norms). Both are rounded, in
     * different orders.
     *
     * @return the part
     */
    double tolerance();

    /** The distance from 1 to the next number. */
    private static double epsilon(ElementType type) {
        return type == ElementType.F32 ? Math.ulp(1f) : Math.ulp(1d);
    }

    /**
     * {@code C = A B}.
     *
     * @param isPacked whether B may be brought into any order beforehand; who cannot do that takes it as it is
     * @param type of the elements
     * @param m rows of A and C
     * @param n columns of B and C
     * @param k depth of the sums
     */
    record Product(boolean isPacked, ElementType type, int m, int n, int k) implements Work {
        @Override
        public String family() {
            return "gemm";
        }

        @Override
        public String name() {
            return isPacked ? "gemm-packed" : "gemm";
        }

        @Override
        public String shape() {
            return m + "x" + n + "x" + k;
        }

        @Override
        public Unit unit() {
            return Unit.GFLOPS;
        }

        @Override
        public double amount() {
            return 2.0 * m * n * k;
        }

        @Override
        public long elements() {
            return (long) m * n;
        }

        /**
         * Each of the k roundings of a sum is off by at most half of epsilon, up or down as chance has it, so that they
         * add up to the square root of k. One of lower precision, such as bfloat16, is far outside.
         */
        @Override
        public double tolerance() {
            return 2 * Math.sqrt(k) * epsilon(type);
        }
    }

    /**
     * {@code y = f(x)} for every element, in cache.
     *
     * @param f the nonlinearity
     * @param type of the elements
     * @param size how many
     */
    record Nonlinearity(Activation f, ElementType type, int size) implements Work {
        @Override
        public String family() {
            return "activation";
        }

        @Override
        public String name() {
            return f.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public String table() {
            return family();
        }

        @Override
        public String shape() {
            return String.valueOf(size);
        }

        @Override
        public Unit unit() {
            return Unit.NS_PER_ELEMENT;
        }

        @Override
        public double amount() {
            return 2.0 * size * type.bytes();
        }

        @Override
        public long elements() {
            return size;
        }

        /** Two units in the last place each. */
        @Override
        public double tolerance() {
            return 4 * epsilon(type);
        }
    }

    /**
     * The fused pass of an LSTM step after its matrix products.
     *
     * @param type of the elements
     * @param batch rows
     * @param hidden size of the state
     */
    record LstmPass(ElementType type, int batch, int hidden) implements Work {
        @Override
        public String family() {
            return "lstm";
        }

        @Override
        public String name() {
            return "lstm-pass";
        }

        @Override
        public String shape() {
            return batch + "x" + hidden;
        }

        @Override
        public Unit unit() {
            return Unit.NS_PER_ELEMENT;
        }

        /** Reads p, gates and c; writes gates, c', tanh c' and h'. */
        @Override
        public double amount() {
            return (4.0 + 4 + 1 + 4 + 3) * elements() * type.bytes();
        }

        @Override
        public long elements() {
            return (long) batch * hidden;
        }

        /** Two units in the last place for each of two activations, and some for the products. */
        @Override
        public double tolerance() {
            return 8 * epsilon(type);
        }
    }
}
