package dev.unroll.bench.peers;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AgreementTest {
    private static final Work.Product WORK = new Work.Product(false, ElementType.F32, 16, 48, 100);

    /** Compares EJML's product with ours after one element of it has been changed. */
    private static void check(float change) {
        try (Inputs inputs = new Inputs(WORK); Peer peer = new Ejml()) {
            Contestant ours = new Unroll.OneThread().enter(WORK, inputs, 2).orElseThrow();
            Contestant theirs = peer.enter(WORK, inputs, 1).orElseThrow();
            ours.seconds(1);
            theirs.seconds(1);
            Tensor result = theirs.result().orElseThrow();
            result.set(3, 5, result.get(3, 5) + change);
            Agreement.check(WORK, ours.result(), peer, Optional.of(result));
        }
    }

    @Test
    void rightResultsAgreeAndWrongOnesAreNamed() {
        assertDoesNotThrow(() -> check(0));
        for (float change : new float[] {0.01f, Float.NaN}) {
            String message = assertThrows(IllegalStateException.class, () -> check(change)).getMessage();
            assertTrue(message.startsWith("gemm 16x48x100: the result of EJML"), message);
        }
    }

    @Test
    void everyWorkHasInputsAndAContestant() {
        for (Work work : Catalogue.small()) {
            try (Inputs inputs = new Inputs(work)) {
                Contestant ours = new Unroll.OneThread().enter(work, inputs, 2).orElseThrow();
                assertTrue(ours.seconds(2) > 0, work.toString());
            }
        }
    }
}
