package dev.unroll.rnn.autograd;

import dev.unroll.kernels.BinaryCrossEntropy;
import dev.unroll.kernels.Huber;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Softmax;
import dev.unroll.kernels.SquaredError;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Domain.Values;
import java.util.List;

/**
 * Losses: each is the mean over rows, as one number, {@code sum_i w_i loss_i / sum_i w_i}, where a loss that has no
 * weights counts every row alike. It is 0 where all weights are 0. Targets and weights are constants.
 */
public final class LossOps {
    private static final OpTable TABLE = new OpTable();
    private static final Domain X = Domain.real("m n");
    private static final Domain TARGETS = Domain.of("m n", Values.TARGET);
    private static final Domain WEIGHTS = Domain.of("m", Values.WEIGHT);

    /** {@code mean_i (log sum_j e^x[i, j] - x[i, target_i])}, in nats. */
    public static final Op CROSS_ENTROPY = TABLE.add(
            new Op(
                    "cross_entropy",
                    List.of(Domain.real("m v"), Domain.ids("m", "v")),
                    call -> {
                        Tensor x = call.in(0);
                        Tensor probabilities = call.keep(x.rows(), x.columns());
                        Tensor losses = call.keep(x.rows(), 1);
                        Softmax.crossEntropy(x, call.in(1), probabilities, losses, call.pool());
                        mean(call, losses, x.rows());
                    },
                    call -> Softmax.crossEntropyBackward(
                            scale(call, call.in(0).rows()), call.kept(0), call.in(1), call.gradient(0),
                            call.pool())));

    /** {@code mean_i sum_j (-t log s - (1 - t) log(1 - s))} with {@code s = sigmoid(x)}, in nats. */
    public static final Op BINARY_CROSS_ENTROPY = TABLE.add(
            new Op(
                    "binary_cross_entropy",
                    List.of(X, TARGETS),
                    call -> {
                        Tensor x = call.in(0);
                        Tensor probabilities = call.keep(x.rows(), x.columns());
                        Tensor losses = call.keep(x.rows(), 1);
                        BinaryCrossEntropy.forward(x, call.in(1), probabilities, losses, call.pool());
                        mean(call, losses, x.rows());
                    },
                    call -> BinaryCrossEntropy.backward(
                            scale(call, call.in(0).rows()), call.kept(0), call.in(1), call.gradient(0),
                            call.pool())));

    /** The same with a weight for every row. */
    public static final Op WEIGHTED_BINARY_CROSS_ENTROPY = TABLE.add(
            new Op(
                    "weighted_binary_cross_entropy",
                    List.of(X, TARGETS, WEIGHTS),
                    call -> {
                        Tensor x = call.in(0);
                        Tensor weights = call.in(2);
                        Tensor probabilities = call.keep(x.rows(), x.columns());
                        Tensor losses = call.keep(x.rows(), 1);
                        BinaryCrossEntropy.forward(x, call.in(1), weights, probabilities, losses, call.pool());
                        mean(call, losses, Reductions.sum(weights, call.pool()));
                    },
                    call -> {
                        Tensor weights = call.in(2);
                        double scale = scale(call, Reductions.sum(weights, call.pool()));
                        BinaryCrossEntropy.backward(
                                scale, call.kept(0), call.in(1), weights, call.gradient(0), call.pool());
                    }));

    /** {@code mean_ij (x[i, j] - t[i, j])^2}. */
    public static final Op SQUARED_ERROR = TABLE.add(
            new Op(
                    "squared_error",
                    List.of(X, TARGETS),
                    call -> {
                        Tensor x = call.in(0);
                        Tensor losses = call.keep(x.rows(), 1);
                        SquaredError.forward(x, call.in(1), losses, call.pool());
                        mean(call, losses, x.rows());
                    },
                    call -> SquaredError.backward(
                            scale(call, call.in(0).rows()), call.in(0), call.in(1), call.gradient(0), call.pool())));

    /** The same with a weight for every row. */
    public static final Op WEIGHTED_SQUARED_ERROR = TABLE.add(
            new Op(
                    "weighted_squared_error",
                    List.of(X, TARGETS, WEIGHTS),
                    call -> {
                        Tensor losses = call.keep(call.in(0).rows(), 1);
                        SquaredError.forward(call.in(0), call.in(1), call.in(2), losses, call.pool());
                        mean(call, losses, Reductions.sum(call.in(2), call.pool()));
                    },
                    call -> {
                        double scale = scale(call, Reductions.sum(call.in(2), call.pool()));
                        SquaredError.backward(
                                scale, call.in(0), call.in(1), call.in(2), call.gradient(0), call.pool());
                    }));

    static {
        TABLE.add(huber(0.5));
        TABLE.add(weightedHuber(0.75));
        TABLE.add(crossEntropy(0));
        TABLE.add(weightedCrossEntropy(0));
    }

    private LossOps() {}

    static List<Op> table() {
        return TABLE.rows();
    }

    /**
     * The mean loss of Huber.
     *
     * @param delta above 0, where it becomes linear
     * @return an op of x and targets, named {@code huber(delta)}
     */
    public static Op huber(double delta) {
        return new Op(
                "huber(" + delta + ")",
                List.of(Domain.of("m n", Values.KINK_INSIDE), TARGETS),
                call -> {
                    Tensor x = call.in(0);
                    Tensor losses = call.keep(x.rows(), 1);
                    Huber.forward(delta, x, call.in(1), losses, call.pool());
                    mean(call, losses, x.rows());
                },
                call -> Huber.backward(
                        scale(call, call.in(0).rows()), delta, call.in(0), call.in(1), call.gradient(0),
                        call.pool()));
    }

    /**
     * The same with a weight for every row.
     *
     * @param delta above 0, where it becomes linear
     * @return an op of x, targets and weights, named {@code weighted_huber(delta)}
     */
    public static Op weightedHuber(double delta) {
        return new Op(
                "weighted_huber(" + delta + ")",
                List.of(Domain.of("m n", Values.KINK_INSIDE), TARGETS, WEIGHTS),
                call -> {
                    Tensor losses = call.keep(call.in(0).rows(), 1);
                    Huber.forward(delta, call.in(0), call.in(1), call.in(2), losses, call.pool());
                    mean(call, losses, Reductions.sum(call.in(2), call.pool()));
                },
                call -> {
                    double scale = scale(call, Reductions.sum(call.in(2), call.pool()));
                    Huber.backward(
                            scale, delta, call.in(0), call.in(1), call.in(2), call.gradient(0), call.pool());
                });
    }

    /**
     * The cross-entropy of a softmax without the rows of one target, such as padding.
     *
     * @param ignored that target
     * @return an op of logits and targets, named {@code cross_entropy(ignoring target)}
     */
    public static Op crossEntropy(int ignored) {
        return new Op(
                "cross_entropy(ignoring " + ignored + ")",
                List.of(Domain.real("m v"), Domain.ids("m", "v")),
                call -> {
                    Tensor x = call.in(0);
                    Tensor probabilities = call.keep(x.rows(), x.columns());
                    Tensor losses = call.keep(x.rows(), 1);
                    Softmax.crossEntropy(x, call.in(1), ignored, probabilities, losses, call.pool());
                    mean(call, losses, Softmax.countedRows(call.in(1), ignored));
                },
                call -> {
                    double scale = scale(call, Softmax.countedRows(call.in(1), ignored));
                    Softmax.crossEntropyBackward(
                            scale, call.kept(0), call.in(1), ignored, call.gradient(0), call.pool());
                });
    }

    /**
     * The same with a weight for every row.
     *
     * @param ignored the target of rows that do not count
     * @return an op of logits, targets and weights, named {@code weighted_cross_entropy(ignoring target)}
     */
    public static Op weightedCrossEntropy(int ignored) {
        return new Op(
                "weighted_cross_entropy(ignoring " + ignored + ")",
                List.of(Domain.real("m v"), Domain.ids("m", "v"), WEIGHTS),
                call -> {
                    Tensor x = call.in(0);
                    Tensor probabilities = call.keep(x.rows(), x.columns());
                    Tensor losses = call.keep(x.rows(), 1);
                    Softmax.crossEntropy(x, call.in(1), ignored, call.in(2), probabilities, losses, call.pool());
                    mean(call, losses, Softmax.totalWeight(call.in(1), ignored, call.in(2)));
                },
                call -> {
                    double scale = scale(call, Softmax.totalWeight(call.in(1), ignored, call.in(2)));
                    Softmax.crossEntropyBackward(
                            scale, call.kept(0), call.in(1), ignored, call.in(2), call.gradient(0), call.pool());
                });
    }

    /** Makes the output. */
    private static void mean(Call call, Tensor losses, double weight) {
        double sum = Reductions.sum(losses, call.pool());
        call.output(1, 1).set(0, 0, weight == 0 ? 0 : sum / weight);
    }

    /** What the gradient of each row's loss is multiplied by. */
    private static double scale(Call call, double weight) {
        return weight == 0 ? 0 : call.delta(0).get(0, 0) / weight;
    }
}
