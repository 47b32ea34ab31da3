package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When workers that sleep are woken, by times that are made up. */
class WakingTest {
    private final Waking waking = new Waking();
    private long now = 17;

    private boolean pays(double worth, long after) {
        now += after;
        return waking.pays(worth, now);
    }

    @Test
    void longPartsAlwaysPay() {
        for (int i = 0; i < 10; i++) {
            assertTrue(pays(Waking.LONG, 10 * Waking.CLOSE));
        }
    }

    @Test
    void shortPartsPayWhenTheyFollowEachOtherClosely() {
        for (int i = 0; i < 10; i++) {
            for (int call = 1; call <= 5; call++) {
                assertEquals(call >= Waking.FEWEST, pays(1, call == 1 ? Waking.CLOSE : Waking.CLOSE - 1));
            }
        }
        assertFalse(pays(1, Waking.CLOSE));
    }

    /** The time limit is no measurement: it ends a test that would hang. */
    @Test
    @Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void workersThatSleepAreLeftAloneUntilShortCallsAreClose() throws InterruptedException {
        try (WorkerPool pool = new WorkerPool(2)) {
            while (pool.parts(3, 10) != 1) {
                Thread.sleep(1);
            }
            assertEquals(2, pool.parts(2 * Waking.LONG, 10));
            while (pool.parts(3, 10) != 2) {
                Thread.onSpinWait();
            }
            assertEquals(1, pool.parts(1.9, 10));
            assertEquals(1, pool.parts(100, 1));
        }
    }
}
