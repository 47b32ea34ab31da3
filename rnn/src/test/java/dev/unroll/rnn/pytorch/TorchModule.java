package dev.unroll.rnn.pytorch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * {@code nn.RNN}, {@code nn.GRU} and {@code nn.LSTM} from the equations of PyTorch's documentation, on its parameters under
 * its names and in its layouts, one number at a time; sequences are run one by one up to their lengths, as packed ones are.
 *
 * @param cell rnn_tanh, rnn_relu, gru or lstm
 * @param inputs size
 * @param hidden size
 * @param layers how many
 * @param projection proj_size, 0 for none
 * @param bias whether there are biases
 * @param bidirectional whether there are two directions
 */
record TorchModule(
        String cell, int inputs, int hidden, int layers, int projection, boolean bias, boolean bidirectional) {
    /** Random numbers and their shape. */
    record Numbers(long[] shape, double... values) {
        static Numbers draw(RandomGenerator random, double scale, long... shape) {
            double[] values = new double[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
            Arrays.setAll(values, _ -> (float) ((2 * random.nextDouble() - 1) * scale));
            return new Numbers(shape, values);
        }
    }

    boolean isLstm() {
        return cell.equals("lstm");
    }

    int directions() {
        return bidirectional ? 2 : 1;
    }

    /** The size of a hidden state. */
    int size() {
        return projection > 0 ? projection : hidden;
    }

    private int gates() {
        return switch (cell) {
            case "lstm" -> 4;
            case "gru" -> 3;
            default -> 1;
        };
    }

    Map<String, Numbers> parameters(RandomGenerator random) {
        Map<String, Numbers> all = new LinkedHashMap<>();
        double scale = 1 / Math.sqrt(hidden);
        for (int l = 0; l < layers; l++) {
            for (int d = 0; d < directions(); d++) {
                String suffix = suffix(l, d);
                int below = l == 0 ? inputs : size() * directions();
                long rows = (long) gates() * hidden;
                all.put("weight_ih" + suffix, Numbers.draw(random, scale, rows, below));
                all.put("weight_hh" + suffix, Numbers.draw(random, scale, rows, size()));
                if (bias) {
                    all.put("bias_ih" + suffix, Numbers.draw(random, scale, rows));
                    all.put("bias_hh" + suffix, Numbers.draw(random, scale, rows));
                }
                if (projection > 0) {
                    all.put("weight_hr" + suffix, Numbers.draw(random, scale, projection, hidden));
                }
            }
        }
        return all;
    }

    private static String suffix(int layer, int direction) {
        return "_l" + layer + (direction == 0 ? "" : "_reverse");
    }

    /** What {@code unroll run} is given, and what it must give; rows of steps are in the order [T, B]. */
    final class Run {
        private final ScalarTape tape = new ScalarTape();
        private final Map<String, int[]> parameters = new LinkedHashMap<>();
        private final int steps;
        private final int[] lengths;
        private final int[] x;
        private final int[] h0;
        private final int[] c0;
        private final int[] y;
        private final int[] last;
        private final int[] lastCell;

        Run(Map<String, Numbers> values, int steps, int[] lengths, double[] x, double[] h0, double[] c0) {
            this.steps = steps;
            this.lengths = lengths;
            tape.number(0); // of which nothing is a function, so that unused operands may name it
            values.forEach((name, numbers) -> parameters.put(name, tape.numbers(numbers.values)));
            this.x = tape.numbers(x);
            this.h0 = tape.numbers(h0);
            this.c0 = tape.numbers(c0);
            y = new int[steps * lengths.length * size() * directions()];
            last = new int[h0.length];
            lastCell = new int[c0.length];
            for (int b = 0; b < lengths.length; b++) {
                runSequence(b);
            }
        }

        private void runSequence(int b) {
            int batch = lengths.length;
            List<int[]> below = new ArrayList<>();
            for (int t = 0; t < lengths[b]; t++) {
                below.add(Arrays.copyOfRange(x, (t * batch + b) * inputs, (t * batch + b + 1) * inputs));
            }
            for (int l = 0; l < layers; l++) {
                int[][] above = new int[lengths[b]][size() * directions()];
                for (int d = 0; d < directions(); d++) {
                    runDirection(b, l, d, below, above);
                }
                below = List.of(above);
            }
            for (int t = 0; t < lengths[b]; t++) {
                System.arraycopy(below.get(t), 0, y, (t * batch + b) * below.get(t).length, below.get(t).length);
            }
        }

        private void runDirection(int b, int l, int d, List<int[]> below, int[][] above) {
            int block = (l * directions() + d) * lengths.length + b;
            int[] h = Arrays.copyOfRange(h0, block * size(), (block + 1) * size());
            int[] c = isLstm() ? Arrays.copyOfRange(c0, block * hidden, (block + 1) * hidden) : new int[0];
            for (int i = 0; i < below.size(); i++) {
                int t = d == 0 ? i : below.size() - 1 - i;
                h = step(suffix(l, d), below.get(t), h, c);
                System.arraycopy(h, 0, above[t], d * size(), size());
            }
            System.arraycopy(h, 0, last, block * size(), size());
            System.arraycopy(c, 0, lastCell, isLstm() ? block * hidden : 0, c.length);
        }

        /** The hidden state after a step; the state of the cells, if there is one, is replaced. */
        private int[] step(String suffix, int[] input, int[] h, int[] c) {
            int[] ih = affine("weight_ih" + suffix, "bias_ih" + suffix, input);
            int[] hh = affine("weight_hh" + suffix, "bias_hh" + suffix, h);
            int[] next = new int[hidden];
            for (int j = 0; j < hidden; j++) {
                int k = j;
                next[j] = switch (cell) {
                    case "rnn_tanh" -> tape.tanh(tape.add(ih[k], hh[k]));
                    case "rnn_relu" -> tape.relu(tape.add(ih[k], hh[k]));
                    case "gru" -> gru(ih, hh, h, k);
                    default -> lstm(ih, hh, c, k);
                };
            }
            return projection > 0 ? affine("weight_hr" + suffix, "", next) : next;
        }

        /** r and z are sigmoids, n = tanh(W_in x + b_in + r (W_hn h + b_hn)), h' = (1 - z) n + z h. */
        private int gru(int[] ih, int[] hh, int[] h, int j) {
            int r = tape.sigmoid(tape.add(ih[j], hh[j]));
            int z = tape.sigmoid(tape.add(ih[hidden + j], hh[hidden + j]));
            int n = tape.tanh(tape.add(ih[2 * hidden + j], tape.multiply(r, hh[2 * hidden + j])));
            return tape.add(tape.multiply(tape.subtract(tape.number(1), z), n), tape.multiply(z, h[j]));
        }

        /** i, f and o are sigmoids, g is a tanh, c' = f c + i g, h' = o tanh(c'). */
        private int lstm(int[] ih, int[] hh, int[] c, int j) {
            int i = tape.sigmoid(tape.add(ih[j], hh[j]));
            int f = tape.sigmoid(tape.add(ih[hidden + j], hh[hidden + j]));
            int g = tape.tanh(tape.add(ih[2 * hidden + j], hh[2 * hidden + j]));
            int o = tape.sigmoid(tape.add(ih[3 * hidden + j], hh[3 * hidden + j]));
            c[j] = tape.add(tape.multiply(f, c[j]), tape.multiply(i, g));
            return tape.multiply(o, tape.tanh(c[j]));
        }

        private int[] affine(String weight, String biasOrNone, int... input) {
            int[] w = parameters.get(weight);
            int[] b = parameters.get(biasOrNone);
            int[] sums = new int[w.length / input.length];
            for (int i = 0; i < sums.length; i++) {
                sums[i] = b == null ? tape.number(0) : b[i];
                for (int j = 0; j < input.length; j++) {
                    sums[i] = tape.add(sums[i], tape.multiply(w[i * input.length + j], input[j]));
                }
            }
            return sums;
        }

        /** All results by name; dy of what is behind the end of a sequence counts nothing. */
        Map<String, double[]> results(double... dy) {
            Map<String, double[]> results = new LinkedHashMap<>();
            results.put("y", values(y));
            results.put("h_n", values(last));
            if (isLstm()) {
                results.put("c_n", values(lastCell));
            }
            double[] derivatives = tape.derivatives(y, withoutPadding(dy));
            parameters.forEach((name, places) -> results.put("grad." + name, at(places, derivatives)));
            results.put("grad.x", at(x, derivatives));
            results.put("grad.h0", at(h0, derivatives));
            if (isLstm()) {
                results.put("grad.c0", at(c0, derivatives));
            }
            return results;
        }

        private double[] withoutPadding(double... rows) {
            double[] counted = rows.clone();
            int columns = size() * directions();
            for (int row = 0; row < steps * lengths.length; row++) {
                if (row / lengths.length >= lengths[row % lengths.length]) {
                    Arrays.fill(counted, row * columns, (row + 1) * columns, 0);
                }
            }
            return counted;
        }

        private double[] values(int... places) {
            return Arrays.stream(places).mapToDouble(tape::value).toArray();
        }

        private double[] at(int[] places, double... derivatives) {
            return Arrays.stream(places).mapToDouble(place -> derivatives[place]).toArray();
        }
    }
}
