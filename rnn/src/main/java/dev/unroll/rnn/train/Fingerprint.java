package dev.unroll.rnn.train;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.Values;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/** Tells the batches of an epoch from others: a check sum (CRC-32C) of all that is in them, and how many there are. */
final class Fingerprint {
    private final CRC32C sum = new CRC32C();

    private Fingerprint() {}

    static String of(List<Batch> batches) {
        Fingerprint fingerprint = new Fingerprint();
        for (Batch batch : batches) {
            fingerprint.add(batch.layout().steps(), batch.layout().batch(), batch.continues() ? 1 : 0);
            fingerprint.add(batch.layout().lengths());
            fingerprint.add(batch.inputs());
            fingerprint.add(batch.targets());
            fingerprint.add(batch.weights());
        }
        return batches.size() + " batches, " + Long.toHexString(fingerprint.sum.getValue());
    }

    private void add(Values values) {
        switch (values) {
            case Ids ids -> add(ids.toInts());
            case Frames frames -> {
                add(frames.columns());
                if (frames.isDouble()) {
                    add(frames.toDoubles());
                } else {
                    add(frames.toFloats());
                }
            }
        }
    }

    private void add(int... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(numbers.length, Integer.BYTES));
        bytes.asIntBuffer().put(numbers);
        sum.update(bytes);
    }

    private void add(float... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(numbers.length, Float.BYTES));
        bytes.asFloatBuffer().put(numbers);
        sum.update(bytes);
    }

    private void add(double... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(numbers.length, Double.BYTES));
        bytes.asDoubleBuffer().put(numbers);
        sum.update(bytes);
    }
}
