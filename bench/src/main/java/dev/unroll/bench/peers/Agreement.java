package dev.unroll.bench.peers;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import java.util.Optional;

/** Checks that two contestants have computed the same. */
final class Agreement {
    private Agreement() {}

    /** Throws if they have not. Nothing is compared where a side has no result of its own. */
    static void check(Work work, Optional<Tensor> ours, Peer peer, Optional<Tensor> theirs) {
        if (ours.isEmpty() || theirs.isEmpty()) {
            return;
        }
        double difference = difference(doubles(ours.get()), doubles(theirs.get()));
        if (!(difference <= work.tolerance())) { // a NaN too
            throw new IllegalStateException(
                    work.name() + " " + work.shape() + ": the result of " + peer.name() + " (" + peer.version()
                            + ") differs from ours by " + difference + " of its size; at most " + work.tolerance()
                            + " is rounding");
        }
    }

    /** The norm of the difference over the norm of ours. */
    private static double difference(double[] ours, double[] theirs) {
        double squares = 0;
        double differences = 0;
        for (int i = 0; i < ours.length; i++) {
            squares += ours[i] * ours[i];
            differences += (ours[i] - theirs[i]) * (ours[i] - theirs[i]);
        }
        return Math.sqrt(differences / squares);
    }

    private static double[] doubles(Tensor tensor) {
        if (tensor.type() == ElementType.F64) {
            return tensor.toDoubles();
        }
        float[] floats = tensor.toFloats();
        double[] doubles = new double[floats.length];
        for (int i = 0; i < floats.length; i++) {
            doubles[i] = floats[i];
        }
        return doubles;
    }
}
