package dev.unroll.rnn.train;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Pass;
import dev.unroll.rnn.model.SegmentedPass;
import dev.unroll.rnn.model.Task;

/** Adds the gradients of one batch at a time to those of a network. */
final class BatchGradients {
    private static final String WORK = "a training step";

    private final DeepRnn network;
    private final Task task;
    private Segmentation segmentation;
    private double weightNoise;
    private long seed;

    /**
     * Where a batch stands in a training.
     *
     * @param update number from 0
     * @param pass number of the run of the network, which everything random depends on besides the seed
     * @param firstSequence of the batch, counted in the one that it is a part of
     */
    record Place(long update, long pass, int firstSequence) {}

    BatchGradients(DeepRnn network, Task task) {
        this.network = network;
        this.task = task;
    }

    void segmented(Segmentation chosen) {
        segmentation = chosen;
    }

    Segmentation segmentationOrNull() {
        return segmentation;
    }

    void weightNoise(double sigma) {
        weightNoise = sigma;
    }

    double weightNoise() {
        return weightNoise;
    }

    void seed(long number) {
        seed = number;
    }

    long seed() {
        return seed;
    }

    /** Adds a share of a batch's gradients, and gives all of its loss. */
    double add(Batch batch, double share, CarriedState carried, Place place) {
        carried.begin(batch);
        if (segmentation != null && segmentation.stepsOf(batch) < batch.layout().steps()) {
            return addOfSegments(batch, share, carried, place);
        }
        try (Pass pass = network.recording(WORK, carried)) {
            Tape tape = pass.tape();
            prepare(tape, place);
            Variable logits = pass.run(batch, task.readout());
            Variable loss = task.loss(tape, logits, batch);
            double value = loss.value().get(0, 0);
            if (!Double.isFinite(value)) {
                throw Divergence.ofLoss(
                        value, place, logits.value(), batch, 0, task.readout(), network.parameters());
            }
            pass.backward(loss, share);
            pass.keep();
            return value;
        }
    }

    private double addOfSegments(Batch batch, double share, CarriedState carried, Place place) {
        var gradients = new SegmentedGradients(network, task, batch, share, place);
        try (SegmentedPass pass = network.segmented(
                WORK, carried, batch, segmentation.stepsOf(batch), segmentation.recomputes())) {
            pass.training(tape -> prepare(tape, place)).backward(task.readout(), gradients);
            double loss = gradients.loss();
            pass.keep();
            return loss;
        }
    }

    private void prepare(Tape tape, Place place) {
        tape.training(seed, place.pass).weightNoise(weightNoise, seed, place.update);
    }
}
