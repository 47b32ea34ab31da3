package dev.unroll.gradcheck;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.operator.Bidirectional.Merge;
import dev.unroll.rnn.spec.LayerKind;
import dev.unroll.rnn.spec.LayerOption;
import dev.unroll.rnn.spec.LayerOption.Reset;
import dev.unroll.rnn.spec.LayerSpec;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.spec.OutputLayer;
import java.util.Arrays;
import java.util.Map;

/**
 * Deep recurrent networks straight from their equations, one number at a time: the networks of this library must give
 * the same. Weights are {@code [inputs][outputs]}, gates side by side in the order of the equations below; sequences
 * are {@code [steps][batch][columns]}.
 */
final class NaiveRnn {
    private final ModelSpec spec;
    private final Map<String, double[][]> parameters;

    NaiveRnn(ModelSpec spec, Map<String, double[][]> parameters) {
        this.spec = spec;
        this.parameters = parameters;
    }

    /** The logits of all steps; the state of every layer becomes the last one. */
    double[][][] logits(double[][][] x, double[][][][] state) {
        double[][][] below = x;
        for (int l = 0; l < spec.layers().size(); l++) {
            below = layer((LayerSpec) spec.layers().get(l), "layer" + l, below, state[l]);
        }
        if (spec.output() == OutputLayer.BARE) {
            return below;
        }
        double[][] weight = spec.output() == OutputLayer.TIED
                ? transpose(parameters.get("layer0.weight"))
                : parameters.get("output.weight");
        return each(below, row -> affine(row, weight, parameters.get("output.bias")));
    }

    /** A map of one row. */
    private interface Map1 {
        double[] of(double... row);
    }

    private static double[][][] each(double[][][] x, Map1 map) {
        double[][][] y = new double[x.length][][];
        for (int t = 0; t < x.length; t++) {
            y[t] = new double[x[t].length][];
            for (int b = 0; b < x[t].length; b++) {
                y[t][b] = map.of(x[t][b]);
            }
        }
        return y;
    }

    private double[][][] layer(LayerSpec layer, String name, double[][][] x, double[][][] state) {
        double[][][] y;
        if (layer.kind() == LayerKind.MLP) {
            y = each(x, row -> perceptron(layer, name, row));
        } else if (layer.kind() == LayerKind.EMBEDDING) {
            y = each(x, row -> affine(row, parameters.get(name + ".weight"), null));
        } else if (layer.options().containsKey(LayerOption.BIDIRECTIONAL)) {
            int parts = state.length / 2;
            double[][][] forward = new double[parts][][];
            double[][][] backward = new double[parts][][];
            System.arraycopy(state, 0, forward, 0, parts);
            System.arraycopy(state, parts, backward, 0, parts);
            double[][][] a = recurrent(layer, name + ".forward", x, forward, false);
            double[][][] b = recurrent(layer, name + ".backward", x, backward, true);
            System.arraycopy(forward, 0, state, 0, parts);
            System.arraycopy(backward, 0, state, parts, parts);
            y = merge((Merge) layer.options().get(LayerOption.BIDIRECTIONAL), a, b);
        } else {
            y = recurrent(layer, name, x, state, false);
        }
        if (layer.options().containsKey(LayerOption.RESIDUAL)) {
            y = merge(Merge.SUM, y, x);
        }
        return y;
    }

    private static double[][][] merge(Merge merge, double[][][] a, double[][][] b) {
        double[][][] y = new double[a.length][a[0].length][];
        for (int t = 0; t < a.length; t++) {
            for (int s = 0; s < a[t].length; s++) {
                y[t][s] = merge == Merge.SUM ? add(a[t][s], b[t][s]) : concat(a[t][s], b[t][s]);
            }
        }
        return y;
    }

    private double[][][] recurrent(
            LayerSpec layer, String name, double[][][] x, double[][][] state, boolean reverse) {
        double[][][] y = new double[x.length][x[0].length][];
        for (int i = 0; i < x.length; i++) {
            int t = reverse ? x.length - 1 - i : i;
            for (int s = 0; s < x[t].length; s++) {
                double[][] parts = new double[state.length][];
                for (int part = 0; part < parts.length; part++) {
                    parts[part] = state[part][s].clone();
                }
                double[][] next = step(layer, name, x[t][s], parts);
                double rate = (double) layer.options().getOrDefault(LayerOption.ZONEOUT, 0.0);
                for (int part = 0; part < parts.length; part++) {
                    for (int j = 0; j < next[part].length; j++) {
                        next[part][j] += rate * (state[part][s][j] - next[part][j]); // the mean of zoneout
                    }
                    state[part][s] = next[part];
                }
                y[t][s] = next[0];
            }
        }
        return y;
    }

    private double[][] step(LayerSpec layer, String name, double[] x, double[][] state) {
        boolean deepGates = layer.options().containsKey(LayerOption.GATES);
        boolean norm = layer.options().containsKey(LayerOption.NORM);
        return switch (layer.kind()) {
            case RNN -> new double[][] {rnn(layer, name, x, state[0])};
            case GRU -> new double[][] {deepGates
                    ? deepGru(layer, name, x, state[0])
                    : layer.options().get(LayerOption.RESET) == Reset.BEFORE
                            ? resetBeforeGru(name, x, state[0])
                            : norm ? layerNormGru(name, x, state[0]) : gru(name, x, state[0])};
            case LSTM -> deepGates
                    ? deepLstm(layer, name, x, state[0], state[1])
                    : norm ? layerNormLstm(name, x, state[0], state[1]) : lstm(name, x, state[0], state[1]);
            case DT, DTS -> new double[][] {transition(layer, name, x, state[0])};
            case MLP, EMBEDDING -> throw new AssertionError(layer);
        };
    }

    /** {@code h' = f(x U + b + h W)}. */
    private double[] rnn(LayerSpec layer, String name, double[] x, double[] h) {
        return activate(layer, add(input(name, x), affine(h, parameters.get(name + ".recurrent"), null)));
    }

    /**
     * {@code r = s(x U_r + b_r + h W_r), z = s(x U_z + b_z + h W_z), n = tanh(x U_n + b_n + r (h W_n + b_hn)),
     * h' = (1 - z) n + z h}.
     */
    private double[] gru(String name, double[] x, double[] h) {
        int n = h.length;
        double[] a = input(name, x);
        double[] b = affine(h, parameters.get(name + ".recurrent"), null);
        double[][] candidateBias = parameters.get(name + ".candidate.bias");
        double[] next = new double[n];
        for (int j = 0; j < n; j++) {
            double r = sigmoid(a[j] + b[j]);
            double z = sigmoid(a[n + j] + b[n + j]);
            double q = b[2 * n + j] + (candidateBias == null ? 0 : candidateBias[0][j]);
            next[j] = (1 - z) * Math.tanh(a[2 * n + j] + r * q) + z * h[j];
        }
        return next;
    }

    /** The same with {@code n = tanh(x U_n + b_n + (r h) W_n)}. */
    private double[] resetBeforeGru(String name, double[] x, double[] h) {
        int n = h.length;
        double[] a = input(name, x);
        double[] b = affine(h, parameters.get(name + ".recurrent"), null);
        double[] kept = new double[n];
        for (int j = 0; j < n; j++) {
            kept[j] = sigmoid(a[j] + b[j]) * h[j];
        }
        double[] q = affine(kept, parameters.get(name + ".candidate.recurrent"), null);
        double[] next = new double[n];
        for (int j = 0; j < n; j++) {
            double z = sigmoid(a[n + j] + b[n + j]);
            next[j] = (1 - z) * Math.tanh(a[2 * n + j] + q[j]) + z * h[j];
        }
        return next;
    }

    /**
     * {@code i = s(x U_i + b_i + h W_i), f = s(x U_f + b_f + h W_f), g = tanh(x U_g + b_g + h W_g),
     * o = s(x U_o + b_o + h W_o), c' = f c + i g, h' = o tanh c'}, with a projection {@code h' = (o tanh c') P}.
     */
    private double[][] lstm(String name, double[] x, double[] h, double[] c) {
        double[][] next = memory(add(input(name, x), affine(h, parameters.get(name + ".recurrent"), null)), c);
        double[][] projection = parameters.get(name + ".projection");
        return projection == null ? next : new double[][] {affine(next[0], projection, null), next[1]};
    }

    /** The same with {@code LN(x U) + LN(h W)} in the place of {@code x U + b + h W}, and {@code h' = o tanh LN(c')}. */
    private double[][] layerNormLstm(String name, double[] x, double[] h, double[] c) {
        int n = c.length;
        double[] gates = add(normalizedProduct(name + ".input", ".weight", x),
                normalizedProduct(name + ".recurrent", "", h));
        double[] nextC = memory(gates, c)[1];
        double[] seen = normalized(name + ".cell", nextC);
        double[] nextH = new double[n];
        for (int j = 0; j < n; j++) {
            nextH[j] = sigmoid(gates[3 * n + j]) * Math.tanh(seen[j]);
        }
        double[][] projection = parameters.get(name + ".projection");
        return new double[][] {projection == null ? nextH : affine(nextH, projection, null), nextC};
    }

    /** The GRU with {@code LN(x U)} in the place of {@code x U + b}, and {@code LN(h W)} in that of {@code h W}. */
    private double[] layerNormGru(String name, double[] x, double[] h) {
        int n = h.length;
        double[] a = normalizedProduct(name + ".input", ".weight", x);
        double[] b = normalizedProduct(name + ".recurrent", "", h);
        double[] next = new double[n];
        for (int j = 0; j < n; j++) {
            double r = sigmoid(a[j] + b[j]);
            double z = sigmoid(a[n + j] + b[n + j]);
            next[j] = (1 - z) * Math.tanh(a[2 * n + j] + r * b[2 * n + j]) + z * h[j];
        }
        return next;
    }

    private double[] normalizedProduct(String name, String weight, double[] x) {
        return normalized(name, affine(x, parameters.get(name + weight), null));
    }

    /** {@code gain_j (x_j - mean) / sqrt(variance + 1e-5) + bias_j}. */
    private double[] normalized(String name, double[] x) {
        double mean = Arrays.stream(x).average().orElseThrow();
        double variance = Arrays.stream(x).map(element -> (element - mean) * (element - mean)).average().orElseThrow();
        double[][] bias = parameters.get(name + ".bias");
        double[] y = new double[x.length];
        for (int j = 0; j < x.length; j++) {
            double z = (x[j] - mean) / Math.sqrt(variance + 1e-5);
            y[j] = parameters.get(name + ".gain")[0][j] * z + (bias == null ? 0 : bias[0][j]);
        }
        return y;
    }

    /** The LSTM with a perceptron in the place of every gate's affine map. */
    private double[][] deepLstm(LayerSpec layer, String name, double[] x, double[] h, double[] c) {
        double[] first = activate(layer, add(input(name, x), affine(h, parameters.get(name + ".recurrent"), null)));
        double[] gates = new double[0];
        for (int gate = 0; gate < 4; gate++) {
            String perceptron = name + "." + "ifgo".charAt(gate);
            gates = concat(gates, behindFirst(layer, perceptron, part(first, gate, first.length / 4)));
        }
        return memory(gates, c);
    }

    /** {@code r = s(R(x, h)), z = s(Z(x, h)), n = tanh(N(x, r h)), h' = (1 - z) n + z h} with perceptrons R, Z, N. */
    private double[] deepGru(LayerSpec layer, String name, double[] x, double[] h) {
        double[] p = input(name, x);
        int width = p.length / 3;
        double[] first = activate(
                layer, add(part(p, 0, 2 * width), affine(h, parameters.get(name + ".recurrent"), null)));
        double[] r = behindFirst(layer, name + ".r", part(first, 0, width));
        double[] z = behindFirst(layer, name + ".z", part(first, 1, width));
        double[] kept = new double[h.length];
        for (int j = 0; j < h.length; j++) {
            kept[j] = sigmoid(r[j]) * h[j];
        }
        double[] ofCandidate = activate(
                layer, add(part(p, 2, width), affine(kept, parameters.get(name + ".candidate.recurrent"), null)));
        double[] n = behindFirst(layer, name + ".candidate.n", ofCandidate);
        double[] next = new double[h.length];
        for (int j = 0; j < h.length; j++) {
            next[j] = (1 - sigmoid(z[j])) * Math.tanh(n[j]) + sigmoid(z[j]) * h[j];
        }
        return next;
    }

    /** A perceptron's layers after the first, the last one without nonlinearity. */
    private double[] behindFirst(LayerSpec layer, String name, double[] first) {
        double[] z = first;
        for (int l = 0; parameters.containsKey(name + "." + l + ".weight"); l++) {
            String map = name + "." + l;
            z = affine(l == 0 ? z : activate(layer, z), parameters.get(map + ".weight"), parameters.get(map + ".bias"));
        }
        return z;
    }

    /** Columns {@code i width} to {@code (i + 1) width}. */
    private static double[] part(double[] x, int i, int width) {
        return Arrays.copyOfRange(x, i * width, (i + 1) * width);
    }

    private static double[][] memory(double[] gates, double[] c) {
        int n = c.length;
        double[] nextH = new double[n];
        double[] nextC = new double[n];
        for (int j = 0; j < n; j++) {
            double g = Math.tanh(gates[2 * n + j]);
            nextC[j] = sigmoid(gates[n + j]) * c[j] + sigmoid(gates[j]) * g;
            nextH[j] = sigmoid(gates[3 * n + j]) * Math.tanh(nextC[j]);
        }
        return new double[][] {nextH, nextC};
    }

    /**
     * {@code z_1 = f(x U_1 + b_1 + h W_1), z_l = f(z_{l-1} W_l + b_l)}, and with shortcuts {@code + x U_l + h S_l}; before
     * the last layer there may be other units in the place of f.
     */
    private double[] transition(LayerSpec layer, String name, double[] x, double[] h) {
        double[] all = input(name, x);
        int from = 0;
        double[] z = h;
        for (int l = 0; l < layer.sizes().size(); l++) {
            String map = name + "." + l;
            double[][] weight = parameters.get(l == 0 ? name + ".recurrent" : map + ".weight");
            double[] sum = affine(z, weight, parameters.get(map + ".bias"));
            if (l == 0 || layer.kind() == LayerKind.DTS) {
                sum = add(sum, Arrays.copyOfRange(all, from, from + sum.length));
                from += sum.length;
            }
            if (l > 0 && layer.kind() == LayerKind.DTS) {
                sum = add(sum, affine(h, parameters.get(map + ".shortcut"), null));
            }
            z = l < layer.sizes().size() - 1 ? units(layer, map, sum) : activate(layer, sum);
        }
        return z;
    }

    /** {@code z_l = f(z_{l-1} W_l + b_l)}, and with shortcuts {@code + x S_l}; or other units in the place of f. */
    private double[] perceptron(LayerSpec layer, String name, double[] x) {
        double[] z = x;
        for (int l = 0; l < layer.sizes().size(); l++) {
            String map = name + "." + l;
            double[] sum = affine(z, parameters.get(map + ".weight"), parameters.get(map + ".bias"));
            double[][] shortcut = l == 0 ? null : parameters.get(map + ".shortcut");
            z = units(layer, map, shortcut == null ? sum : add(sum, affine(x, shortcut, null)));
        }
        return z;
    }

    /**
     * Maxout units {@code u_j = max_i a_ij}, Lp units {@code u_j = ((1/k) sum_i |a_ij|^p_j)^(1/p_j)} with
     * {@code p_j = 1 + log(1 + e^rho_j)}, or f; {@code a_ij} is column {@code i n + j}.
     */
    private double[] units(LayerSpec layer, String name, double[] a) {
        Integer maxout = (Integer) layer.options().get(LayerOption.MAXOUT);
        Integer lp = (Integer) layer.options().get(LayerOption.LP);
        if (maxout == null && lp == null) {
            return activate(layer, a);
        }
        int pieces = maxout != null ? maxout : lp;
        double[] u = new double[a.length / pieces];
        for (int j = 0; j < u.length; j++) {
            double largest = Double.NEGATIVE_INFINITY;
            double p = maxout != null ? 0 : 1 + Math.log(1 + Math.exp(parameters.get(name + ".rho")[0][j]));
            double sum = 0;
            for (int i = 0; i < pieces; i++) {
                double piece = a[i * u.length + j];
                largest = Math.max(largest, piece);
                sum += Math.pow(Math.abs(piece), p);
            }
            u[j] = maxout != null ? largest : Math.pow(sum / pieces, 1 / p);
        }
        return u;
    }

    private double[] input(String name, double[] x) {
        return affine(x, parameters.get(name + ".input.weight"), parameters.get(name + ".input.bias"));
    }

    private static double[] activate(LayerSpec layer, double[] x) {
        Activation f = (Activation) layer.options().getOrDefault(LayerOption.F, Activation.TANH);
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = switch (f) {
                case TANH -> Math.tanh(x[i]);
                case SIGMOID -> sigmoid(x[i]);
                case RELU -> Math.max(0, x[i]);
                default -> throw new AssertionError(f);
            };
        }
        return y;
    }

    /** The mean over all steps and sequences of {@code -log softmax(logits)[target]}, in nats. */
    static double loss(double[][][] logits, int[] targets) {
        double sum = 0;
        int i = 0;
        for (double[][] step : logits) {
            for (double[] row : step) {
                double total = 0;
                for (double logit : row) {
                    total += Math.exp(logit);
                }
                sum -= Math.log(Math.exp(row[targets[i++]]) / total);
            }
        }
        return sum / i;
    }

    static double[] oneHot(int id, int size) {
        double[] row = new double[size];
        row[id] = 1;
        return row;
    }

    /** {@code x W + b}, without b where there is none. */
    private static double[] affine(double[] x, double[][] w, double[][] b) {
        double[] y = new double[w[0].length];
        for (int j = 0; j < y.length; j++) {
            for (int i = 0; i < x.length; i++) {
                y[j] += x[i] * w[i][j];
            }
            y[j] += b == null ? 0 : b[0][j];
        }
        return y;
    }

    private static double[] add(double[] x, double[] y) {
        double[] sum = x.clone();
        for (int i = 0; i < x.length; i++) {
            sum[i] += y[i];
        }
        return sum;
    }

    private static double[] concat(double[] x, double[] y) {
        double[] both = new double[x.length + y.length];
        System.arraycopy(x, 0, both, 0, x.length);
        System.arraycopy(y, 0, both, x.length, y.length);
        return both;
    }

    private static double[][] transpose(double[][] w) {
        double[][] t = new double[w[0].length][w.length];
        for (int i = 0; i < w.length; i++) {
            for (int j = 0; j < t.length; j++) {
                t[j][i] = w[i][j];
            }
        }
        return t;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
