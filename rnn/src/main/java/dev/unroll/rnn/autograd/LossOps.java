package dev.unroll.rnn.autograd;

import dev.unroll.kernels.BinaryCrossEntropy;
import dev.unroll.kernels.Huber;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.RowWeights;
import dev.unroll.kernels.Softmax;
import dev.unroll.kernels.SquaredError;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Domain.Range;
import java.util.List;

/**
 * Losses: each is one number, the weighted mean over rows {@code sum_i w_i loss_i / sum_i w_i}, and 0 where all weights
 * are 0. Targets and weights are constants; weights are {@code [m]} or {@link RowWeights#ones}.
 */
public final class LossOps {
    private static final int NO_TARGET = -1;
    private static final Domain TARGET = Domain.of("m n", Range.TARGET);
    private static final Domain WEIGHT = Domain.of("m", Range.WEIGHT);

    /**
     * {@code loss_i = log sum_j e^x[i, j] - x[i, target_i]}, in nats, for logits {@code [m, v]}, targets {@code [m]} and
     * weights; a row whose target is -1 does not count.
     */
    public static final Op CROSS_ENTROPY = crossEntropy("cross_entropy", NO_TARGET);

    /**
     * {@code loss_i = sum_j (-t log s - (1 - t) log(1 - s))} with {@code s = sigmoid(x)}, in nats, for logits
     * {@code [m, n]}, targets {@code [m, n]} and weights.
     */
    public static final Op BINARY_CROSS_ENTROPY = binaryCrossEntropy();

    /** {@code loss_i = mean_j (x[i, j] - t[i, j])^2}, for x {@code [m, n]}, targets {@code [m, n]} and weights. */
    public static final Op SQUARED_ERROR = squaredError();

    private static final OpDefinition HUBER = Op.define("huber");
    private static final Op.In X = HUBER.input(Domain.of("m n", Range.KINK_INSIDE));
    private static final Op.In TARGETS = HUBER.input(TARGET);
    private static final Op.In WEIGHTS = HUBER.input(WEIGHT);
    private static final Op.Out LOSS = HUBER.output("1 1");
    private static final Op.Kept LOSSES = HUBER.keep("m 1");

    private LossOps() {}

    static List<Op> table() {
        return List.of(
                CROSS_ENTROPY, crossEntropy(0), BINARY_CROSS_ENTROPY, SQUARED_ERROR, huber(0.5), huber(0.75));
    }

    /**
     * Returns the cross-entropy of a softmax without the rows of one target, such as padding.
     *
     * @param ignored that target
     * @return an op of logits, targets and weights, named {@code cross_entropy(ignoring target)}
     */
    public static Op crossEntropy(int ignored) {
        return crossEntropy("cross_entropy(ignoring " + ignored + ")", ignored);
    }

    private static Op crossEntropy(String name, int ignored) {
        OpDefinition op = Op.define(name);
        Op.In x = op.input("m v");
        Op.In targets = op.input(Domain.ids("m", "v"));
        Op.In weights = op.input(WEIGHT);
        Op.Out loss = op.output("1 1");
        Op.Kept probabilities = op.keep("m v");
        Op.Kept losses = op.keep("m 1");
        return op.forward(call -> {
            // 1. p = softmax(x), loss_i = w_i (log sum_j e^x[i, j] - x[i, target_i])
            Softmax.crossEntropy(
                    call.value(x), call.value(targets), ignored, call.value(weights), call.value(probabilities),
                    call.value(losses), call.pool());
            // 2. loss = sum_i loss_i / sum_i w_i
            double total = Softmax.totalWeight(call.value(targets), ignored, call.value(weights));
            setMean(call, loss, losses, total);
        }).gradient(x, call -> {
            // dx[i, j] += dloss w_i (p[i, j] - [j == target_i]) / sum_i w_i
            double total = Softmax.totalWeight(call.value(targets), ignored, call.value(weights));
            Softmax.crossEntropyBackward(
                    scale(call, loss, total), call.value(probabilities), call.value(targets), ignored,
                    call.value(weights), call.gradient(x), call.pool());
        }).build();
    }

    private static Op binaryCrossEntropy() {
        OpDefinition op = Op.define("binary_cross_entropy");
        Op.In x = op.input("m n");
        Op.In targets = op.input(TARGET);
        Op.In weights = op.input(WEIGHT);
        Op.Out loss = op.output("1 1");
        Op.Kept probabilities = op.keep("m n");
        Op.Kept losses = op.keep("m 1");
        return op.forward(call -> {
            // 1. p = sigmoid(x), loss_i = w_i sum_j (-t log p - (1 - t) log(1 - p))
            BinaryCrossEntropy.forward(
                    call.value(x), call.value(targets), call.value(weights), call.value(probabilities),
                    call.value(losses), call.pool());
            // 2. loss = sum_i loss_i / sum_i w_i
            setMean(call, loss, losses, total(call, weights, losses));
        }).gradient(x, call -> BinaryCrossEntropy.backward( // dx[i, j] += dloss w_i (p - t) / sum_i w_i
                scale(call, loss, total(call, weights, losses)), call.value(probabilities), call.value(targets),
                call.value(weights), call.gradient(x), call.pool())).build();
    }

    private static Op squaredError() {
        OpDefinition op = Op.define("squared_error");
        Op.In x = op.input("m n");
        Op.In targets = op.input(TARGET);
        Op.In weights = op.input(WEIGHT);
        Op.Out loss = op.output("1 1");
        Op.Kept losses = op.keep("m 1");
        return op.forward(call -> {
            // 1. loss_i = w_i mean_j (x[i, j] - t[i, j])^2
            SquaredError.forward(
                    call.value(x), call.value(targets), call.value(weights), call.value(losses), call.pool());
            // 2. loss = sum_i loss_i / sum_i w_i
            setMean(call, loss, losses, total(call, weights, losses));
        }).gradient(x, call -> SquaredError.backward( // dx[i, j] += dloss w_i 2 (x - t) / (n sum_i w_i)
                scale(call, loss, total(call, weights, losses)), call.value(x), call.value(targets),
                call.value(weights), call.gradient(x), call.pool())).build();
    }

    /**
     * Returns the Huber loss, {@code loss_i = mean_j} of {@code d^2 / 2} where {@code |d| <= delta} and
     * {@code delta (|d| - delta / 2)} elsewhere, with {@code d = x[i, j] - t[i, j]}.
     *
     * @param delta above 0, where it becomes linear
     * @return an op of x {@code [m, n]}, targets {@code [m, n]} and weights, named {@code huber(delta)}
     */
    public static Op huber(double delta) {
        return HUBER.build("huber(" + delta + ")", call -> {
            // 1. loss_i = w_i mean_j huber(x[i, j] - t[i, j])
            Huber.forward(
                    delta, call.value(X), call.value(TARGETS), call.value(WEIGHTS), call.value(LOSSES), call.pool());
            // 2. loss = sum_i loss_i / sum_i w_i
            setMean(call, LOSS, LOSSES, total(call, WEIGHTS, LOSSES));
        }, call -> Huber.backward( // dx[i, j] += dloss w_i clip(x - t, -delta, delta) / (n sum_i w_i)
                scale(call, LOSS, total(call, WEIGHTS, LOSSES)), delta, call.value(X), call.value(TARGETS),
                call.value(WEIGHTS), call.gradient(X), call.pool()));
    }

    private static double total(Call call, Op.In weights, Op.Kept losses) {
        Tensor w = call.value(weights);
        return w == RowWeights.ones(w.type()) ? call.value(losses).rows() : Reductions.sum(w, call.pool());
    }

    private static void setMean(Call call, Op.Out loss, Op.Kept losses, double total) {
        double sum = Reductions.sum(call.value(losses), call.pool());
        call.value(loss).set(0, 0, total == 0 ? 0 : sum / total);
    }

    /** What the gradient of each row's loss is multiplied by. */
    private static double scale(Call call, Op.Out loss, double total) {
        return total == 0 ? 0 : call.delta(loss).get(0, 0) / total;
    }
}
