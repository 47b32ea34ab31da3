package dev.unroll.bench.cli.sample;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Pass;
import dev.unroll.rnn.operator.Readout;

/** Runs two networks over the same batches and compares what they put out. */
final class OutputDifference implements AutoCloseable {
    private final DeepRnn first;
    private final DeepRnn second;
    private final CarriedState ofFirst;
    private final CarriedState ofSecond;

    private OutputDifference(DeepRnn first, DeepRnn second) {
        this.first = first;
        this.second = second;
        ofFirst = first.newState();
        ofSecond = second.newState();
    }

    /** Returns the largest absolute difference of a logit, padding left out. */
    static double largest(DeepRnn first, DeepRnn second, Iterable<Batch> batches) {
        double largest = 0;
        try (OutputDifference difference = new OutputDifference(first, second)) {
            for (Batch batch : batches) {
                largest = Math.max(largest, difference.largest(batch));
            }
        }
        return largest;
    }

    private double largest(Batch batch) {
        float[] a = logits(first, ofFirst, batch);
        float[] b = logits(second, ofSecond, batch);
        int columns = first.outputs();
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            if (!batch.layout().isPadding(i / columns)) {
                largest = Math.max(largest, Math.abs((double) a[i] - b[i]));
            }
        }
        return largest;
    }

    private static float[] logits(DeepRnn network, CarriedState state, Batch batch) {
        state.begin(batch);
        try (Pass pass = network.inference("a comparison", state)) {
            Frames logits = Frames.copyOf(pass.run(batch, Readout.EVERY_STEP).value());
            pass.keep();
            return logits.toFloats();
        }
    }

    @Override
    public void close() {
        ofFirst.close();
        ofSecond.close();
    }
}
