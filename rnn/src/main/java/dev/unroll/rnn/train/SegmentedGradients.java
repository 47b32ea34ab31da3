package dev.unroll.rnn.train;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.SegmentedPass;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.operator.Readout;

/** The losses of the segments of one batch, each by its share of the rows that are predicted. */
final class SegmentedGradients implements SegmentedPass.Losses {
    private final DeepRnn network;
    private final Task task;
    private final double share;
    private final double rows;
    private final BatchGradients.Place place;
    private final boolean isOfSteps;
    private double loss;
    private ArithmeticException divergence;

    /** Of a batch, which has a share of all gradients of an update. */
    SegmentedGradients(DeepRnn network, Task task, Batch batch, double share, BatchGradients.Place place) {
        this.network = network;
        this.task = task;
        this.share = share;
        this.place = place;
        rows = batch.predicted();
        isOfSteps = task.readout() == Readout.EVERY_STEP;
        long expected = isOfSteps ? batch.layout().rows() : batch.layout().batch();
        if (batch.targets().count() != expected) {
            throw new IllegalArgumentException("a readout of " + task.readout() + " of " + batch.layout() + " needs "
                    + expected + " targets, not " + batch.targets().count());
        }
    }

    @Override
    public SegmentedPass.Share of(Tape tape, Variable logits, Batch segment, int firstStep) {
        double part = rows == 0 ? 0 : isOfSteps ? segment.predicted() / rows : 1;
        if (part == 0) {
            return null;
        }
        Variable mean = task.loss(tape, logits, segment);
        double value = mean.value().get(0, 0);
        if (!Double.isFinite(value)) { // the first one in time, which comes last, is told of
            divergence = Divergence.ofLoss(
                    value, place, logits.value(), segment, firstStep, task.readout(), network.parameters());
        }
        loss += part * value;
        return new SegmentedPass.Share(mean, share * part);
    }

    /**
     * Returns the mean loss of the batch.
     *
     * @throws ArithmeticException if it is not finite
     */
    double loss() {
        if (divergence != null) {
            throw divergence;
        }
        return loss;
    }
}
