package dev.unroll.gradcheck;

import dev.unroll.rnn.model.Cell;

/**
 * Deep recurrent networks straight from their equations, one number at a time: the networks of this library must give
 * the same. Weights are {@code [inputs][outputs]}, gates side by side in the order of the equations below; sequences
 * are {@code [steps][batch][columns]}.
 */
final class NaiveRnn {
    private NaiveRnn() {}

    /** The hidden states of all steps of one layer; the first state's parts become the last's. */
    static double[][][] layer(
            Cell cell, double[][][] x, double[][] u, double[] b, double[][] w, double[] candidateBias,
            double[][][] state) {
        double[][][] outputs = new double[x.length][][];
        for (int t = 0; t < x.length; t++) {
            outputs[t] = new double[x[t].length][];
            for (int s = 0; s < x[t].length; s++) {
                double[] h = state[0][s];
                double[] next = switch (cell) {
                    case RNN -> rnn(x[t][s], h, u, b, w);
                    case GRU -> gru(x[t][s], h, u, b, w, candidateBias);
                    case LSTM -> lstm(x[t][s], h, state[1][s], u, b, w);
                };
                outputs[t][s] = next;
                state[0][s] = next;
            }
        }
        return outputs;
    }

    /** {@code h' = tanh(x U + b + h W)}. */
    private static double[] rnn(double[] x, double[] h, double[][] u, double[] b, double[][] w) {
        double[] next = new double[h.length];
        for (int j = 0; j < h.length; j++) {
            next[j] = Math.tanh(product(x, u, j) + b[j] + product(h, w, j));
        }
        return next;
    }

    /**
     * {@code r = s(x U_r + b_r + h W_r), z = s(x U_z + b_z + h W_z), n = tanh(x U_n + b_n + r (h W_n + b_hn)),
     * h' = (1 - z) n + z h}.
     */
    private static double[] gru(
            double[] x, double[] h, double[][] u, double[] b, double[][] w, double[] candidateBias) {
        int hidden = h.length;
        double[] next = new double[hidden];
        for (int j = 0; j < hidden; j++) {
            int zj = hidden + j;
            int nj = 2 * hidden + j;
            double r = sigmoid(product(x, u, j) + b[j] + product(h, w, j));
            double z = sigmoid(product(x, u, zj) + b[zj] + product(h, w, zj));
            double n = Math.tanh(product(x, u, nj) + b[nj] + r * (product(h, w, nj) + candidateBias[j]));
            next[j] = (1 - z) * n + z * h[j];
        }
        return next;
    }

    /**
     * {@code i = s(x U_i + b_i + h W_i), f = s(x U_f + b_f + h W_f), g = tanh(x U_g + b_g + h W_g),
     * o = s(x U_o + b_o + h W_o), c' = f c + i g, h' = o tanh c'}; c becomes c'.
     */
    private static double[] lstm(double[] x, double[] h, double[] c, double[][] u, double[] b, double[][] w) {
        int hidden = h.length;
        double[] next = new double[hidden];
        for (int j = 0; j < hidden; j++) {
            int fj = hidden + j;
            int gj = 2 * hidden + j;
            int oj = 3 * hidden + j;
            double i = sigmoid(product(x, u, j) + b[j] + product(h, w, j));
            double f = sigmoid(product(x, u, fj) + b[fj] + product(h, w, fj));
            double g = Math.tanh(product(x, u, gj) + b[gj] + product(h, w, gj));
            double o = sigmoid(product(x, u, oj) + b[oj] + product(h, w, oj));
            c[j] = f * c[j] + i * g;
            next[j] = o * Math.tanh(c[j]);
        }
        return next;
    }

    /** {@code x V + b} of every step. */
    static double[][][] linear(double[][][] x, double[][] v, double[] b) {
        double[][][] y = new double[x.length][][];
        for (int t = 0; t < x.length; t++) {
            y[t] = new double[x[t].length][b.length];
            for (int s = 0; s < x[t].length; s++) {
                for (int j = 0; j < b.length; j++) {
                    y[t][s][j] = product(x[t][s], v, j) + b[j];
                }
            }
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

    private static double product(double[] x, double[][] matrix, int column) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * matrix[i][column];
        }
        return sum;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
