package dev.unroll.rnn.autograd;

import dev.unroll.kernels.BinaryCrossEntropy;
import dev.unroll.kernels.Huber;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.RowWeights;
import dev.unroll.kernels.Softmax;
import dev.unroll.kernels.SquaredError;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Domain.Range;
import dev.unroll.rnn.data.Batch;
import java.util.List;

/**
 * Losses: each is one number, the weighted mean over rows {@code sum_i w_i loss_i / sum_i w_i}, and 0 where all weights
 * are 0. Targets and weights are constants; weights are {@code [m]} or {@link RowWeights#ones}.
 *
 * <p>The ops are immutable, and many threads may use them.
 */
public final class LossOps {
    private static final Domain TARGET = Domain.of("m n", Range.TARGET);
    private static final Domain WEIGHT = Domain.of("m", Range.WEIGHT);

    /**
     * {@code loss_i = log sum_j e^x[i, j] - x[i, target_i]}, in nats, for logits {@code [m, v]}, targets {@code [m]}
     * and weights; a row whose target is -1 does not count.
     */
    public static final Op CROSS_ENTROPY = crossEntropy("cross_entropy", Batch.NO_TARGET);

    /**
     * {@code loss_i = sum_j (-t log s - (1 - t) log(1 - s))} with {@code s = sigmoid(x)}, in nats, for logits
     * {@code [m, n]}, targets {@code [m, n]} and weights.
     */
    public static final Op BINARY_CROSS_ENTROPY = binaryCrossEntropy();

    /** {@code loss_i = mean_j (x[i, j] - t[i, j])^2}, for x {@code [m, n]}, targets {@code [m, n]} and weights. */
    public static final Op SQUARED_ERROR = squaredError();

    private static final OpDefinition HUBER = Op.define("huber");
    private static final int X = HUBER.input(Domain.of("m n", Range.KINK_INSIDE));
    private static final int TARGETS = HUBER.input(TARGET);
    private static final int WEIGHTS = HUBER.input(WEIGHT);
    private static final int LOSS = HUBER.output("1 1");
    private static final int LOSSES = HUBER.keep("m 1");

    private LossOps() {}

    static List<Op> table() {
        return List.of(
                CROSS_ENTROPY, crossEntropy(0), BINARY_CROSS_ENTROPY, SQUARED_ERROR, huber(0.5), huber(0.75));
    }

    /**
     * {@return the cross-entropy of a softmax without the rows of one target, named {@code cross_entropy(ignoring id)}}
     * @param ignored that target
     */
    public static Op crossEntropy(int ignored) {
        return crossEntropy("cross_entropy(ignoring " + ignored + ")", ignored);
    }

    private static Op crossEntropy(String name, int ignored) {
        OpDefinition op = Op.define(name);
        int x = op.input("m v");
        int targets = op.input(Domain.ids("m", "v"));
        int weights = op.input(WEIGHT);
        int loss = op.output("1 1");
        int probabilities = op.keep("m v");
        int losses = op.keep("m 1");
        return op.build(call -> {
            // 1. p = softmax(x), loss_i = w_i (log sum_j e^x[i, j] - x[i, target_i])
            Softmax.crossEntropy(
                    call.input(x), call.input(targets), ignored, call.input(weights), call.kept(probabilities),
                    call.kept(losses), call.pool());
            // 2. loss = sum_i loss_i / sum_i w_i
            double total = Softmax.totalWeight(call.input(targets), ignored, call.input(weights));
            setMean(call, loss, losses, total);
        }, call -> {
            // dx[i, j] += dloss w_i (p[i, j] - [j == target_i]) / sum_i w_i
            double total = Softmax.totalWeight(call.input(targets), ignored, call.input(weights));
            double scale = scale(call, loss, total);
            Tensor p = call.kept(probabilities);
            if (call.takesGradient(x, p)) { // one pass in place, where clearing and adding are two over more memory
                Softmax.crossEntropyGradient(
                        scale, p, call.input(targets), ignored, call.input(weights), p, call.pool());
                call.giveGradient(x, p);
            } else {
                Softmax.crossEntropyBackward(
                        scale, p, call.input(targets), ignored, call.input(weights), call.gradient(x), call.pool());
            }
        });
    }

    private static Op binaryCrossEntropy() {
        OpDefinition op = Op.define("binary_cross_entropy");
        int x = op.input("m n");
        int targets = op.input(TARGET);
        int weights = op.input(WEIGHT);
        int loss = op.output("1 1");
        int probabilities = op.keep("m n");
        int losses = op.keep("m 1");
        return op.build(call -> {
            // 1. p = sigmoid(x), loss_i = w_i sum_j (-t log p - (1 - t) log(1 - p))
            BinaryCrossEntropy.forward(
                    call.input(x), call.input(targets), call.input(weights), call.kept(probabilities),
                    call.kept(losses), call.pool());
            // 2. loss = sum_i loss_i / sum_i w_i
            setMean(call, loss, losses, total(call, weights, losses));
        }, call -> BinaryCrossEntropy.backward( // dx[i, j] += dloss w_i (p - t) / sum_i w_i
                scale(call, loss, total(call, weights, losses)), call.kept(probabilities), call.input(targets),
                call.input(weights), call.gradient(x), call.pool()));
    }

    private static Op squaredError() {
        OpDefinition op = Op.define("squared_error");
        int x = op.input("m n");
        int targets = op.input(TARGET);
        int weights = op.input(WEIGHT);
        int loss = op.output("1 1");
        int losses = op.keep("m 1");
        return op.build(call -> {
            // 1. loss_i = w_i mean_j (x[i, j] - t[i, j])^2
            SquaredError.forward(
                    call.input(x), call.input(targets), call.input(weights), call.kept(losses), call.pool());
            // 2. loss = sum_i loss_i / sum_i w_i
            setMean(call, loss, losses, total(call, weights, losses));
        }, call -> SquaredError.backward( // dx[i, j] += dloss w_i 2 (x - t) / (n sum_i w_i)
                scale(call, loss, total(call, weights, losses)), call.input(x), call.input(targets),
                call.input(weights), call.gradient(x), call.pool()));
    }

    /**
     * {@return the Huber loss, {@code loss_i = mean_j} of {@code d^2 / 2} where {@code |d| <= delta} and
     * {@code delta (|d| - delta / 2)} elsewhere, for x {@code [m, n]}, targets {@code [m, n]} and weights, with
     * {@code d = x[i, j] - t[i, j]}; it is named {@code huber(delta)}}
     * @param delta above 0, where it becomes linear
     */
    public static Op huber(double delta) {
        return HUBER.build("huber(" + delta + ")", call -> {
            // 1. loss_i = w_i mean_j huber(x[i, j] - t[i, j])
            Huber.forward(
                    delta, call.input(X), call.input(TARGETS), call.input(WEIGHTS), call.kept(LOSSES), call.pool());
            // 2. loss = sum_i loss_i / sum_i w_i
            setMean(call, LOSS, LOSSES, total(call, WEIGHTS, LOSSES));
        }, call -> Huber.backward( // dx[i, j] += dloss w_i clip(x - t, -delta, delta) / (n sum_i w_i)
                scale(call, LOSS, total(call, WEIGHTS, LOSSES)), delta, call.input(X), call.input(TARGETS),
                call.input(WEIGHTS), call.gradient(X), call.pool()));
    }

    private static double total(Call call, int weights, int losses) {
        Tensor w = call.input(weights);
        return w == RowWeights.ones(w.type()) ? call.kept(losses).rows() : Reductions.sum(w, call.pool());
    }

    private static void setMean(Call call, int loss, int losses, double total) {
        double sum = Reductions.sum(call.kept(losses), call.pool());
        call.out(loss).set(0, 0, total == 0 ? 0 : sum / total);
    }

    /** What the gradient of each row's loss is multiplied by. */
    private static double scale(Call call, int loss, double total) {
        return total == 0 ? 0 : call.delta(loss).get(0, 0) / total;
    }
}
