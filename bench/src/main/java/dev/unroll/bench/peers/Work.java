package dev.unroll.bench.peers;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import java.util.Arrays;
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

    /** What is done with a network. */
    enum Use {
        /** Updates: forward, backward, clipping and plain SGD. */
        TRAIN,
        /** The same with sequences of all lengths from 1 to the largest number of steps. */
        RAGGED,
        /** Predictions for all steps of a batch at a time, from states of zeros. */
        INFER,
        /** One step of a bare cell after the other, with a state that is carried. */
        STEP
    }

    /**
     * A whole network, the same for all contestants: cells in layers with a linear output, or a DT(S)-RNN.
     *
     * @param use what is done with it
     * @param cell lstm, gru, rnn, or dts, which reads frames and predicts bits
     * @param layers of the cell
     * @param hidden units
     * @param inputs ids that are read and predicted, or numbers of a frame
     * @param embedded whether ids are embedded with as many numbers as there are hidden units; otherwise they are one-hot
     * @param batch sequences
     * @param steps of every sequence; of unequal ones of the longest
     */
    record Network(Use use, String cell, int layers, int hidden, int inputs, boolean embedded, int batch, int steps)
            implements Work {
        /** Whether frames are read, and not ids. */
        boolean readsFrames() {
            return cell.equals("dts") || use == Use.STEP;
        }

        boolean trains() {
            return use == Use.TRAIN || use == Use.RAGGED;
        }

        /** The lengths of the sequences, which rise evenly from 1 to all steps, in an order of no meaning. */
        int[] lengths() {
            int[] lengths = new int[batch];
            for (int b = 0; b < batch; b++) {
                int rank = b * 7 % batch;
                lengths[b] = use == Use.RAGGED && batch > 1 ? 1 + rank * (steps - 1) / (batch - 1) : steps;
            }
            return lengths;
        }

        /** The network as text. */
        String model() {
            String text = switch (cell) {
                case "dts" -> "dts:" + hidden + "," + hidden + ":f=sigmoid";
                default -> cell + ":" + layers + "x" + hidden;
            };
            return (embedded ? "embedding:" + hidden + "/" : "") + text + (use == Use.STEP ? "/bare" : "");
        }

        @Override
        public String family() {
            return use == Use.TRAIN && embedded ? "word" : name();
        }

        @Override
        public String name() {
            return use.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public String shape() {
            return model() + " " + inputs + ", " + batch + "x" + steps;
        }

        @Override
        public ElementType type() {
            return ElementType.F32;
        }

        @Override
        public Unit unit() {
            return use == Use.STEP ? Unit.MICROSECONDS : Unit.STEPS_PER_SECOND;
        }

        /** Products alone. A row that an id selects costs none; inputs get no gradient. */
        @Override
        public double amount() {
            double gates = switch (cell) {
                case "lstm" -> 4;
                case "gru" -> 3;
                default -> 1;
            };
            double h = hidden;
            double input = readsFrames() ? inputs * (cell.equals("dts") ? 2 : gates) * h : 0;
            double inner = switch (cell) {
                case "dts" -> 3 * h * h;
                default -> gates * h * h * (2 * layers - (embedded ? 0 : 1));
            };
            double output = use == Use.STEP ? 0 : h * inputs;
            return 2.0 * elements() * (trains() ? 2 * input + 3 * (inner + output) : input + inner + output);
        }

        /** Steps of all sequences. */
        @Override
        public long elements() {
            return Arrays.stream(lengths()).asLongStream().sum();
        }

        /** Chains of some thousand roundings per step, most of which the nonlinearities shrink. */
        @Override
        public double tolerance() {
            return 200 * epsilon(type());
        }
    }
}
