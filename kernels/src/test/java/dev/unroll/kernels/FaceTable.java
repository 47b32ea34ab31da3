package dev.unroll.kernels;

import dev.unroll.kernels.Face.Call;
import dev.unroll.kernels.Face.Formula;
import dev.unroll.kernels.Face.Sizes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToIntFunction;

/** Every public method of the kernels that takes tensors and a pool. */
final class FaceTable {
    /** All of them. */
    static final List<Face> ALL = List.copyOf(new FaceTable().faces);

    private final List<Face> faces = new ArrayList<>();

    private FaceTable() {
        products();
        elementwise();
        activations();
        reductions();
        rnn();
        lstm();
        gru();
        softmax();
        embedding();
    }

    private interface VoidCall {
        void run(Tensor[] tensors, WorkerPool pool);
    }

    private interface VoidFormula {
        void run(double[][]... a);
    }

    private void add(String name, String signature, VoidCall call, VoidFormula formula) {
        add(name, signature, _ -> 1, call, formula);
    }

    private void add(String name, String signature, ToIntFunction<Sizes> terms, VoidCall call, VoidFormula formula) {
        Call callOfNoResult = (tensors, pool) -> {
            call.run(tensors, pool);
            return 0;
        };
        Formula formulaOfNoResult = a -> {
            formula.run(a);
            return 0;
        };
        faces.add(Face.of(name, signature, callOfNoResult, formulaOfNoResult, terms));
    }

    private void addResult(String name, ToIntFunction<Sizes> terms, Call call, Formula formula) {
        faces.add(Face.of(name, "in x[m*,n]", call, formula, terms));
    }

    private interface Element {
        double at(int row, int column);
    }

    private static void set(double[][] matrix, Element element) {
        for (int r = 0; r < matrix.length; r++) {
            for (int j = 0; j < matrix[r].length; j++) {
                matrix[r][j] = element.at(r, j);
            }
        }
    }

    private static void increase(double[][] matrix, Element element) {
        set(matrix, (r, j) -> matrix[r][j] + element.at(r, j));
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double apply(Activation f, double x) {
        return switch (f) {
            case SIGMOID -> sigmoid(x);
            case TANH -> Math.tanh(x);
            case RELU -> x > 0 ? x : 0;
            case EXP -> Math.exp(x);
        };
    }

    private static double derivative(Activation f, double y) {
        return switch (f) {
            case SIGMOID -> y * (1 - y);
            case TANH -> 1 - y * y;
            case RELU -> y > 0 ? 1 : 0;
            case EXP -> y;
        };
    }

    private static double dot(int length, IntToDoubleFunction term) {
        double sum = 0;
        for (int i = 0; i < length; i++) {
            sum += term.applyAsDouble(i);
        }
        return sum;
    }

    private void products() {
        for (double beta : new double[] {0, -0.5}) {
            String role = beta == 0 ? "out" : "changed";
            add("Gemm.nn", "in a[m,k], in b[k,n], " + role + " c[m,n]", Sizes::k,
                    (t, pool) -> Gemm.nn(0.7, t[0], t[1], beta, t[2], pool), a -> set(
                            a[2], (r, j) -> beta * a[2][r][j]
                                    + 0.7 * dot(a[1].length, p -> a[0][r][p] * a[1][p][j])));
            add("Gemm.nt", "in a[m,k], in b[n,k], " + role + " c[m,n]", Sizes::k,
                    (t, pool) -> Gemm.nt(0.7, t[0], t[1], beta, t[2], pool), a -> set(
                            a[2], (r, j) -> beta * a[2][r][j]
                                    + 0.7 * dot(a[0][r].length, p -> a[0][r][p] * a[1][j][p])));
            add("Gemm.tn", "in a[k,m], in b[k,n], " + role + " c[m,n]", Sizes::k,
                    (t, pool) -> Gemm.tn(0.7, t[0], t[1], beta, t[2], pool), a -> set(
                            a[2], (r, j) -> beta * a[2][r][j]
                                    + 0.7 * dot(a[0].length, p -> a[0][p][r] * a[1][p][j])));
        }
    }

    private void elementwise() {
        add("Elementwise.add", "in x[m,n], in y[m,n], out z[m,n]", (t, pool) -> Elementwise.add(t[0], t[1], t[2], pool),
                a -> set(a[2], (r, j) -> a[0][r][j] + a[1][r][j]));
        add("Elementwise.multiply", "in x[m,n], in y[m,n], out z[m,n]",
                (t, pool) -> Elementwise.multiply(t[0], t[1], t[2], pool),
                a -> set(a[2], (r, j) -> a[0][r][j] * a[1][r][j]));
        add("Elementwise.multiplyAdd", "in x[m,n], in y[m,n], changed z[m,n]",
                (t, pool) -> Elementwise.multiplyAdd(t[0], t[1], t[2], pool), a -> increase(
                        a[2], (r, j) -> a[0][r][j] * a[1][r][j]));
        add("Elementwise.axpy", "in x[m,n], changed y[m,n]", (t, pool) -> Elementwise.axpy(-1.3, t[0], t[1], pool),
                a -> increase(a[1], (r, j) -> -1.3 * a[0][r][j]));
        add("Elementwise.scale", "changed x[m*,n]", (t, pool) -> Elementwise.scale(-1.3, t[0], pool),
                a -> set(a[0], (r, j) -> -1.3 * a[0][r][j]));
        add("Elementwise.copyToRows", "in row[1,n], out y[m*,n]", (t, pool) -> Elementwise.copyToRows(t[0], t[1], pool),
                a -> set(a[1], (_, j) -> a[0][0][j]));
        add("Elementwise.addColumnSums", "in x[m*,n], changed y[1,n]", Sizes::m,
                (t, pool) -> Elementwise.addColumnSums(t[0], t[1], pool), a -> increase(
                        a[1], (_, j) -> dot(a[0].length, r -> a[0][r][j])));
    }

    private void activations() {
        for (Activation f : Activation.values()) {
            add("Activations.forward", "in x[m,n], out y[m,n]", (t, pool) -> Activations.forward(f, t[0], t[1], pool),
                    a -> set(a[1], (r, j) -> apply(f, a[0][r][j])));
            add("Activations.backward", "in y[m,n], in dy[m,n], changed dx[m,n]",
                    (t, pool) -> Activations.backward(f, t[0], t[1], t[2], pool), a -> increase(
                            a[2], (r, j) -> a[1][r][j] * derivative(f, a[0][r][j])));
        }
    }

    private void reductions() {
        ToIntFunction<Sizes> terms = sizes -> sizes.m() * sizes.n() / 16 + 16; // 16 lanes, and the sum of them
        addResult("Reductions.sum", terms, (t, pool) -> Reductions.sum(t[0], pool), a -> dot(
                a[0].length, r -> dot(a[0][r].length, j -> a[0][r][j])));
        addResult("Reductions.sumOfSquares", terms, (t, pool) -> Reductions.sumOfSquares(t[0], pool), a -> dot(
                a[0].length, r -> dot(a[0][r].length, j -> a[0][r][j] * a[0][r][j])));
    }

    private void rnn() {
        for (Activation f : Activation.values()) {
            add("RnnCell.forward", "in p[m,n], changed h[m,n]", (t, pool) -> RnnCell.forward(f, t[0], t[1], pool),
                    a -> set(
                            a[1], (r, j) -> apply(f, a[0][r][j] + a[1][r][j])));
            add("RnnCell.backward", "in h[m,n], in dh[m,n], out delta[m,n]",
                    (t, pool) -> RnnCell.backward(f, t[0], t[1], t[2], pool), a -> set(
                            a[2], (r, j) -> a[1][r][j] * derivative(f, a[0][r][j])));
        }
    }

    private void lstm() {
        add(
                "LstmCell.forward",
                "in p[m,4n], changed gates[m,4n], in c[m,n], out nextC[m,n], out tanhC[m,n], out nextH[m,n]",
                (t, pool) -> LstmCell.forward(t[0], t[1], t[2], t[3], t[4], t[5], pool), a -> {
                    int n = a[2].length == 0 ? 0 : a[2][0].length;
                    set(a[1], (r, j) -> apply(
                            j / n == 2 ? Activation.TANH : Activation.SIGMOID, a[0][r][j] + a[1][r][j]));
                    double[][] gates = a[1];
                    set(a[3], (r, j) -> gates[r][n + j] * a[2][r][j] + gates[r][j] * gates[r][2 * n + j]);
                    set(a[4], (r, j) -> Math.tanh(a[3][r][j]));
                    set(a[5], (r, j) -> gates[r][3 * n + j] * a[4][r][j]);
                });
        add(
                "LstmCell.backward",
                "in gates[m,4n], in c[m,n], in tanhC[m,n], in dNextH[m,n], in dNextC[m,n], out delta[m,4n], "
                        + "changed dc[m,n]",
                (t, pool) -> LstmCell.backward(t[0], t[1], t[2], t[3], t[4], t[5], t[6], pool), a -> {
                    for (int r = 0; r < a[0].length; r++) {
                        int n = a[1][r].length;
                        for (int j = 0; j < n; j++) {
                            double i = a[0][r][j];
                            double f = a[0][r][n + j];
                            double g = a[0][r][2 * n + j];
                            double o = a[0][r][3 * n + j];
                            double dh = a[3][r][j];
                            double dCell = a[4][r][j] + dh * o * (1 - a[2][r][j] * a[2][r][j]);
                            a[5][r][j] = dCell * g * i * (1 - i);
                            a[5][r][n + j] = dCell * a[1][r][j] * f * (1 - f);
                            a[5][r][2 * n + j] = dCell * i * (1 - g * g);
                            a[5][r][3 * n + j] = dh * a[2][r][j] * o * (1 - o);
                            a[6][r][j] += dCell * f;
                        }
                    }
                });
    }

    private void gru() {
        add(
                "GruCell.forward",
                "in p[m,3n], changed gates[m,3n], in bias[1,n], in h[m,n], out q[m,n], out nextH[m,n]",
                (t, pool) -> GruCell.forward(t[0], t[1], t[2], t[3], t[4], t[5], pool), a -> {
                    for (int r = 0; r < a[0].length; r++) {
                        int n = a[3][r].length;
                        double[] gates = a[1][r];
                        for (int j = 0; j < n; j++) {
                            gates[j] = sigmoid(a[0][r][j] + gates[j]);
                            gates[n + j] = sigmoid(a[0][r][n + j] + gates[n + j]);
                            a[4][r][j] = gates[2 * n + j] + a[2][0][j];
                            gates[2 * n + j] = Math.tanh(a[0][r][2 * n + j] + gates[j] * a[4][r][j]);
                            a[5][r][j] = (1 - gates[n + j]) * gates[2 * n + j] + gates[n + j] * a[3][r][j];
                        }
                    }
                });
        add(
                "GruCell.backward",
                "in gates[m,3n], in h[m,n], in q[m,n], in dNextH[m,n], out delta[m,3n], out recurrent[m,3n], "
                        + "changed dh[m,n]",
                (t, pool) -> GruCell.backward(t[0], t[1], t[2], t[3], t[4], t[5], t[6], pool), a -> {
                    for (int row = 0; row < a[0].length; row++) {
                        int n = a[1][row].length;
                        for (int j = 0; j < n; j++) {
                            double r = a[0][row][j];
                            double z = a[0][row][n + j];
                            double c = a[0][row][2 * n + j];
                            double dNext = a[3][row][j];
                            double dInner = dNext * (1 - z) * (1 - c * c);
                            a[4][row][j] = dInner * a[2][row][j] * r * (1 - r);
                            a[4][row][n + j] = dNext * (a[1][row][j] - c) * z * (1 - z);
                            a[4][row][2 * n + j] = dInner;
                            a[5][row][j] = a[4][row][j];
                            a[5][row][n + j] = a[4][row][n + j];
                            a[5][row][2 * n + j] = dInner * r;
                            a[6][row][j] += dNext * z;
                        }
                    }
                });
    }

    private void softmax() {
        VoidFormula forward = a -> set(
                a[1], (r, j) -> Math.exp(a[0][r][j]) / dot(a[0][r].length, i -> Math.exp(a[0][r][i])));
        add("Softmax.forward", "in x[m,n], out y[m,n]", Sizes::n, (t, pool) -> Softmax.forward(t[0], t[1], pool),
                forward);
        add(
                "Softmax.crossEntropy",
                "in x[m,n], ids targets[1,m]<n, out probabilities[m,n], out losses[m,1] dense", Sizes::n,
                (t, pool) -> Softmax.crossEntropy(t[0], t[1], t[2], t[3], pool), a -> {
                    forward.run(a[0], a[2]);
                    set(a[3], (r, _) -> -Math.log(a[2][r][(int) a[1][0][r]]));
                });
        add(
                "Softmax.crossEntropyBackward",
                "in probabilities[m,n], ids targets[1,m]<n, changed dx[m,n]",
                (t, pool) -> Softmax.crossEntropyBackward(0.3, t[0], t[1], t[2], pool), a -> increase(
                        a[2], (r, j) -> 0.3 * (a[0][r][j] - (j == a[1][0][r] ? 1 : 0))));
    }

    private void embedding() {
        add("Embedding.lookup", "ids ids[1,m]<k, in table[k*,n], out y[m,n]",
                (t, pool) -> Embedding.lookup(t[0], t[1], t[2], pool),
                a -> set(a[2], (r, j) -> a[1][(int) a[0][0][r]][j]));
        add("Embedding.scatterAdd", "ids ids[1,m]<k, in dy[m,n], changed dTable[k*,n]", Sizes::m,
                (t, pool) -> Embedding.scatterAdd(t[0], t[1], t[2], pool), a -> {
                    for (int i = 0; i < a[1].length; i++) {
                        for (int j = 0; j < a[1][i].length; j++) {
                            a[2][(int) a[0][0][i]][j] += a[1][i][j];
                        }
                    }
                });
    }
}
