package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.train.Schedule.Validation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    /** A hair: the factors of these tests are a rounding or two away from what is written. */
    private static final double ROUNDING = 1e-15;

    private static double factor(Schedule schedule, long updates) {
        return schedule.factor(updates, List.of());
    }

    /** Figures that came every 10 updates. */
    private static List<Validation> every10(double... figures) {
        List<Validation> all = new ArrayList<>();
        for (double figure : figures) {
            all.add(new Validation(10L * (all.size() + 1), figure));
        }
        return all;
    }

    @Test
    void theConstantOneNeverChanges() {
        assertEquals(1, factor(Schedule.constant(), 0));
        assertEquals(1, Schedule.constant().factor(1_000_000, every10(1, 2, 3)));
    }

    @Test
    void stepsDecayByTheirFactor() {
        Schedule schedule = Schedule.stepDecay(0.1, 100);
        assertEquals(1, factor(schedule, 99));
        assertEquals(0.1, factor(schedule, 100));
        assertEquals(0.1, factor(schedule, 199));
        assertEquals(0.001, factor(schedule, 300), ROUNDING);
    }

    @Test
    void aPlateauHalvesAfterEveryFigureThatIsNoNewBest() {
        Schedule schedule = Schedule.halveOnPlateau();
        assertTrue(schedule.rollsBack());
        assertEquals(1, factor(schedule, 10));
        assertEquals(1, schedule.factor(20, every10(5, 4)));
        assertEquals(0.5, schedule.factor(30, every10(5, 4, 4)), "equal is not better");
        assertEquals(0.25, schedule.factor(40, every10(5, 4, 4, 4.5)));
        assertEquals(0.25, schedule.factor(50, every10(5, 4, 4, 4.5, 3)));
        assertEquals(0.125, schedule.factor(60, every10(5, 4, 4, 4.5, 3, 3.5)), "better than 4, not than 3");
    }

    @Test
    void aPlateauWithPatienceWaits() {
        Schedule schedule = new Schedule.Plateau(0.1, 2, false);
        assertFalse(schedule.rollsBack());
        assertEquals(1, schedule.factor(20, every10(4, 5)));
        assertEquals(0.1, schedule.factor(30, every10(4, 5, 5)));
        assertEquals(0.1, schedule.factor(40, every10(4, 5, 5, 5)));
        assertEquals(0.1, schedule.factor(50, every10(4, 5, 5, 5, 3)));
        assertEquals(0.1, schedule.factor(60, every10(4, 5, 5, 5, 3, 5)));
        assertEquals(0.01, schedule.factor(70, every10(4, 5, 5, 5, 3, 5, 5)), ROUNDING);
    }

    @Test
    void theRateFallsWithTimeAfterTheFirstRise() {
        Schedule schedule = Schedule.inverseAfterRise(100);
        assertEquals(1, schedule.factor(500, every10(5, 4, 4, 3)), "no rise");
        List<Validation> risen = every10(5, 4, 4.5, 3, 6); // the first rise is at update 30
        assertEquals(1, schedule.factor(30, risen));
        assertEquals(0.5, schedule.factor(130, risen));
        assertEquals(0.25, schedule.factor(330, risen));
        assertEquals(1 / 1.07, schedule.factor(37, risen));
    }

    @Test
    void aPatientRateFallsOnlyAfterSoManyValidationsWorseThanTheBest() {
        Schedule schedule = Schedule.inverseAfterRise(100, 3);
        assertEquals(1, schedule.factor(500, every10(4, 5, 6, 4, 5, 6)), "as good as the best in between");
        assertEquals(1, schedule.factor(500, every10(4, 5, 6, 3, 5, 6)), "a best one in between");
        List<Validation> risen = every10(4, 6, 5, 4.5, 1); // falling, but never below 4; the third is at update 40
        assertEquals(1, schedule.factor(40, risen));
        assertEquals(0.5, schedule.factor(140, risen));
        List<Validation> single = every10(5, 4, 4.5, 3, 6);
        assertEquals(
                Schedule.inverseAfterRise(100).factor(330, single),
                Schedule.inverseAfterRise(100, 1).factor(330, single));
    }

    @Test
    void theCosineGoesHalfAPeriod() {
        Schedule schedule = Schedule.cosine(60, 0);
        assertEquals(1, factor(schedule, 0));
        assertEquals(0.75, factor(schedule, 20), ROUNDING); // cos of 60 degrees is 1/2
        assertEquals(0.5, factor(schedule, 30), ROUNDING);
        assertEquals(0.25, factor(schedule, 40), ROUNDING);
        assertEquals(0, factor(schedule, 60));
        assertEquals(0, factor(schedule, 61));
        assertEquals(0.1 + 0.9 * 0.75, factor(Schedule.cosine(60, 0.1), 20), ROUNDING);
        assertEquals(0.1, factor(Schedule.cosine(60, 0.1), 1000));
    }

    @Test
    void aWarmUpStandsInFrontOfAnyOther() {
        Schedule schedule = Schedule.stepDecay(0.5, 4).warmedUp(4);
        assertEquals(0.25, factor(schedule, 0));
        assertEquals(0.5, factor(schedule, 1));
        assertEquals(0.75, factor(schedule, 2));
        assertEquals(1, factor(schedule, 3));
        assertEquals(0.5, factor(schedule, 4));
        Schedule plateau = Schedule.halveOnPlateau().warmedUp(100);
        assertTrue(plateau.rollsBack());
        assertEquals(0.25, plateau.factor(49, every10(1, 2)));
    }

    @Test
    void schedulesAreValues() {
        assertEquals(Schedule.cosine(10, 0).warmedUp(5), Schedule.cosine(10, 0).warmedUp(5));
        assertEquals("InverseAfterRise[beta=2330.0, patience=1]", Schedule.inverseAfterRise(2330).toString());
    }

    @Test
    void numbersThatMakeNoScheduleAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Schedule.stepDecay(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Validation(1, Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> Schedule.stepDecay(Double.NaN, 1));
        assertThrows(IllegalArgumentException.class, () -> Schedule.stepDecay(0.5, 0));
        assertThrows(IllegalArgumentException.class, () -> new Schedule.Plateau(1, 1, true));
        assertThrows(IllegalArgumentException.class, () -> new Schedule.Plateau(0.5, 0, true));
        assertThrows(IllegalArgumentException.class, () -> Schedule.inverseAfterRise(0));
        assertThrows(IllegalArgumentException.class, () -> Schedule.inverseAfterRise(1, 0));
        assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(0, 0));
        assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(1, 1.5));
        Exception e = assertThrows(IllegalArgumentException.class, () -> Schedule.constant().warmedUp(0));
        assertEquals("schedule: the number of updates must be at least 1, not 0", e.getMessage());
    }
}
