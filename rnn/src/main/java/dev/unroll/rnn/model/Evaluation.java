package dev.unroll.rnn.model;

import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.internal.Nulls;
import java.util.concurrent.CancellationException;

/**
 * Computes what a network costs on data that it does not learn from, and how often or how far it is wrong. Any thread may
 * call it; the network is {@linkplain DeepRnn#read reserved} meanwhile.
 */
public final class Evaluation {
    private Evaluation() {}

    /**
     * Computes the mean loss of all predictions, such as nats per frame: one weighted mean over the rows of all batches, not
     * a mean of the means of batches. States carry over as the batches say. Nothing is random.
     *
     * @param network to run, as it is
     * @param task what is predicted and what it costs
     * @param batches in their order
     * @return the mean; NaN or infinite if the outputs of the network are
     * @throws IllegalArgumentException if the batches predict nothing
     * @throws CancellationException if the thread is interrupted, which it stays
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public static double of(DeepRnn network, Task task, Iterable<Batch> batches) {
        requireAll("Evaluation.of", network, task, batches);
        double[] sums = new double[2];
        run(network, task, batches, (batch, pass, outputs) -> {
            double predicted = batch.predicted();
            sums[0] += predicted * task.loss(pass.tape(), outputs, batch).value().get(0, 0);
            sums[1] += predicted;
        });
        requireSomething(sums[1]);
        return sums[0] / sums[1];
    }

    /**
     * Computes the share of the targets whose class has the largest output: the weights of those over the weights of all
     * that count.
     *
     * @param network to run, as it is
     * @param task whose readout gives the outputs, a column per class
     * @param batches in their order, whose targets are classes
     * @return from 0 to 1
     * @throws IllegalArgumentException if the batches predict nothing, or their targets are no classes of the network
     * @throws ArithmeticException if an output that counts is NaN or infinite
     * @throws CancellationException if the thread is interrupted, which it stays
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public static double accuracy(DeepRnn network, Task task, Iterable<Batch> batches) {
        return confusion("Evaluation.accuracy", network, task, batches).accuracy();
    }

    /**
     * Counts which classes are predicted for which: padding and targets that do not count are left out.
     *
     * @param network to run, as it is
     * @param task whose readout gives the outputs, a column per class
     * @param batches in their order, whose targets are classes
     * @return the counts, of at least one target
     * @throws IllegalArgumentException if the batches predict nothing, or their targets are no classes of the network
     * @throws ArithmeticException if an output that counts is NaN or infinite
     * @throws CancellationException if the thread is interrupted, which it stays
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public static ConfusionMatrix confusion(DeepRnn network, Task task, Iterable<Batch> batches) {
        return confusion("Evaluation.confusion", network, task, batches);
    }

    private static ConfusionMatrix confusion(String call, DeepRnn network, Task task, Iterable<Batch> batches) {
        requireAll(call, network, task, batches);
        ConfusionMatrix matrix = ConfusionMatrix.none(network.outputs());
        run(network, task, batches, (batch, _, outputs) -> matrix.add(Frames.copyOf(outputs.value()), batch));
        requireSomething(matrix.total());
        return matrix;
    }

    /**
     * Computes the mean absolute error, in the unit of the targets: the weighted mean over all rows that count of the mean
     * over their numbers.
     *
     * @param network to run, as it is
     * @param task whose readout gives the outputs, which are compared with the targets as they are
     * @param batches in their order, whose targets are numbers
     * @return 0 or more
     * @throws IllegalArgumentException if the batches predict nothing, or a target is no finite number
     * @throws ArithmeticException if an output that counts is NaN or infinite
     * @throws CancellationException if the thread is interrupted, which it stays
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public static double meanAbsoluteError(DeepRnn network, Task task, Iterable<Batch> batches) {
        requireAll("Evaluation.meanAbsoluteError", network, task, batches);
        AbsoluteError error = new AbsoluteError();
        run(network, task, batches, (batch, _, outputs) -> error.add(Frames.copyOf(outputs.value()), batch));
        return error.mean();
    }

    static void requireSomething(double weights) {
        if (weights == 0) {
            throw new IllegalArgumentException("there is nothing to evaluate: every row of the batches is padding or"
                    + " has weight 0; give at least one that counts");
        }
    }

    private static void requireAll(String call, DeepRnn network, Task task, Iterable<Batch> batches) {
        Nulls.require(call, "network", network);
        Nulls.require(call, "task", task);
        Nulls.require(call, "batches", batches);
    }

    /** Looks at the outputs of a batch while they live. */
    private interface Measure {
        void of(Batch batch, Pass pass, Variable outputs);
    }

    private static void run(DeepRnn network, Task task, Iterable<Batch> batches, Measure measure) {
        try (var _ = network.read("an evaluation");
                CarriedState state = network.newState()) {
            for (Batch batch : batches) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new CancellationException("the evaluation was interrupted");
                }
                state.begin(batch);
                try (Pass pass = network.inference("an evaluation", state)) {
                    Variable outputs = pass.run(batch, task.readout());
                    pass.keep();
                    measure.of(batch, pass, outputs);
                }
            }
        }
    }
}
