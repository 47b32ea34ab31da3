package dev.unroll.rnn.train;

import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.RowOps;
import dev.unroll.rnn.autograd.SequencePart;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.internal.NotSeparable;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Pass;
import dev.unroll.rnn.model.SegmentedPass;
import dev.unroll.rnn.model.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

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

    /**
     * Some sequences of a batch in succession.
     *
     * @param batch of these sequences
     * @param firstSequence in the batch of all parts
     * @param share of the gradients of an update
     */
    record Part(Batch batch, int firstSequence, double share) {
        int sequences() {
            return batch.layout().batch();
        }
    }

    /**
     * Computes the gradients of several parts of a batch in one run, each of which is added to those of the network and
     * told of, to be taken and cleared.
     *
     * @return the losses of the parts
     * @throws NotSeparable if they cannot be told apart
     */
    double[] addApart(Batch all, List<Part> parts, CarriedState carried, Place place, IntConsumer summed) {
        int sequences = all.layout().batch();
        try (Pass pass = network.recording(WORK, carried)) {
            Tape tape = pass.tape();
            prepare(tape, place);
            tape.parts(parts.stream()
                    .map(part -> new SequencePart(sequences, part.firstSequence, part.sequences()))
                    .toList());
            Variable logits = pass.run(all, task.readout());
            List<Variable> losses = new ArrayList<>();
            List<Tensor> shares = new ArrayList<>();
            for (Part part : parts) {
                losses.add(loss(tape, logits, sequences, part, place));
                Tensor share = tape.zeros(1, 1).value();
                share.set(0, 0, part.share);
                shares.add(share);
            }
            tape.backward(losses, shares, summed);
            pass.keep();
            return losses.stream().mapToDouble(loss -> loss.value().get(0, 0)).toArray();
        }
    }

    private Variable loss(Tape tape, Variable all, int sequences, Part part, Place place) {
        Variable[] steps = new Variable[(int) (all.value().rows() / sequences)];
        for (int step = 0; step < steps.length; step++) {
            steps[step] = tape.rows(all, (long) step * sequences + part.firstSequence, part.sequences());
        }
        Variable logits = steps.length == 1 ? steps[0] : tape.apply(RowOps.joinRows(steps.length), steps)[0];
        Variable loss = task.loss(tape, logits, part.batch);
        double value = loss.value().get(0, 0);
        if (!Double.isFinite(value)) {
            Place ofPart = new Place(place.update, place.pass, place.firstSequence + part.firstSequence);
            throw Divergence.ofLoss(
                    value, ofPart, logits.value(), part.batch, 0, task.readout(), network.parameters());
        }
        return loss;
    }

    /** Whether a batch may run in {@linkplain #addApart parts}, as far as the training is concerned. */
    boolean mayRunApart(Batch batch) {
        boolean isWhole = segmentation == null || segmentation.stepsOf(batch) >= batch.layout().steps();
        return isWhole && !batch.layout().isPadded() && !batch.layout().isPacked();
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
