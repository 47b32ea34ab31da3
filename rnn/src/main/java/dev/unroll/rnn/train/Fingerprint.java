package dev.unroll.rnn.train;

import dev.unroll.kernels.Borrow;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.Values;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/** Tells the batches of an epoch, or the parameters, from others: a check sum (CRC-32C) of all that is in them. */
final class Fingerprint {
    /** The most bytes of a buffer over memory. */
    private static final long PIECE = 1 << 30;

    private final CRC32C sum = new CRC32C();

    private Fingerprint() {}

    static String of(List<Batch> batches) {
        return batches.size() + " batches, " + Long.toHexString(sumOf(batches));
    }

    /** Returns the check sum alone. */
    static long sumOf(List<Batch> batches) {
        Fingerprint fingerprint = new Fingerprint();
        for (Batch batch : batches) {
            fingerprint.add(batch.layout().steps(), batch.layout().batch(), batch.continues() ? 1 : 0);
            fingerprint.add(batch.layout().lengths());
            fingerprint.add(batch.inputs());
            fingerprint.add(batch.targets());
            fingerprint.add(batch.weights());
        }
        return fingerprint.sum.getValue();
    }

    /** Returns a check sum of the numbers of a contiguous tensor. */
    static long of(Tensor tensor) {
        try (Borrow memory = tensor.borrow("Fingerprint")) {
            Fingerprint fingerprint = new Fingerprint();
            long bytes = tensor.size() * tensor.type().bytes();
            for (long from = 0; from < bytes; from += PIECE) {
                long size = Math.min(PIECE, bytes - from);
                fingerprint.sum.update(memory.segment().asSlice(from, size).asByteBuffer());
            }
            return fingerprint.sum.getValue();
        }
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
