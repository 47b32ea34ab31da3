package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** When a caller does without its workers, by times that are made up. */
class CrowdingTest {
    private static final long OWN = Crowding.MILLISECOND / 10;
    private static final long STALL = 4 * Crowding.MILLISECOND;

    private final Crowding crowding = new Crowding();
    private long now = 17;

    private void call(long waited) {
        now += OWN + waited;
        crowding.shared(2, OWN, OWN + waited, now);
    }

    private void stallUntilAlone() {
        for (int i = 0; i < 10 && !crowding.isAlone(now); i++) {
            call(STALL);
        }
        assertTrue(crowding.isAlone(now));
    }

    private long timeAlone() {
        long began = now;
        while (crowding.isAlone(now)) {
            now += Crowding.MILLISECOND;
        }
        return now - began;
    }

    @Test
    void shortWaitsAndASeldomStallAreNoReason() {
        for (int i = 0; i < 10_000; i++) {
            call(i % 1_000 == 0 ? STALL : OWN / 2);
            assertFalse(crowding.isAlone(now));
        }
    }

    @Test
    void aCallThatWouldTakeAsLongAloneHasNoStall() {
        for (int i = 0; i < 1_000; i++) {
            now += 4 * STALL;
            crowding.shared(2, STALL, 3 * STALL, now);
            crowding.shared(16, OWN, 20 * OWN, now);
            assertFalse(crowding.isAlone(now));
        }
    }

    @Test
    void aStreamThatTakesLongerThanAllOfItsPartsAloneHasAStall() {
        for (int i = 0; i < 1_000; i++) {
            now += 4 * STALL;
            crowding.streamed(2, STALL, 2 * STALL - 1, now);
            assertFalse(crowding.isAlone(now), "two threads alone would take as long");
        }
        for (int i = 0; i < 10 && !crowding.isAlone(now); i++) {
            now += 2 * STALL;
            crowding.streamed(2, STALL, 2 * STALL, now);
        }
        assertTrue(crowding.isAlone(now));
    }

    @Test
    void afterStallsTheCallerIsAloneForAWhileWhichGrowsWhileTheyComeBack() {
        stallUntilAlone();
        long first = timeAlone();
        assertTrue(first >= Crowding.SHORTEST);
        stallUntilAlone();
        assertEquals(2 * first, timeAlone());
        for (int i = 0; i < 10; i++) {
            stallUntilAlone();
            assertTrue(timeAlone() <= Crowding.LONGEST + Crowding.MILLISECOND);
        }
    }

    @Test
    void aLongStallByItselfIsNoReason() {
        for (int i = 0; i < 1_000; i++) {
            call(i % 100 == 0 ? 50 * Crowding.MILLISECOND : OWN / 2);
            assertFalse(crowding.isAlone(now));
        }
    }

    /** Of 16 threads one does the work in 16 times the time: 40% of it may well be lost. */
    @Test
    void manyThreadsAreWorthMoreStalls() {
        for (int i = 0; i < 1_000; i++) {
            now += 5 * STALL;
            crowding.shared(16, OWN, 2 * STALL, now);
            assertFalse(crowding.isAlone(now));
        }
    }

    @Test
    void whatIsOverIsForgotten() {
        stallUntilAlone();
        long first = timeAlone();
        for (int i = 0; i < 30_000; i++) {
            call(OWN / 2);
        }
        stallUntilAlone();
        assertEquals(first, timeAlone());
    }
}
