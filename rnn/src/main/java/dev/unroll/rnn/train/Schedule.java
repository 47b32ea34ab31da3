package dev.unroll.rnn.train;

import java.util.List;

/**
 * How the learning rate changes while training: a function of how many updates were made and what validation gave so far.
 * Schedules keep nothing themselves, so one value may serve any number of trainings.
 *
 * <p>Called by the thread of the training; one that keeps something serves one training.
 */
@FunctionalInterface
public interface Schedule {
    /**
     * The rate of the next update.
     *
     * @param updates how many were made before
     * @param validations all figures so far, the first one first
     * @return factor of the optimizer's own rate, 0 or positive
     */
    double factor(long updates, List<Validation> validations);

    /**
     * Whether the parameters go back to those of the best validation whenever a validation makes the rate smaller. What
     * an optimizer keeps, such as momentum, does not go back.
     *
     * @return false, unless the schedule says otherwise
     */
    default boolean rollsBack() {
        return false;
    }

    /**
     * What this schedule is, with all its numbers: a checkpoint of one schedule is not resumed with another.
     *
     * @return the same text for schedules that do the same, in every process; without overriding it, of a user's own
     *     schedule the name of its class, and of all lambdas, whose names do not last, one text
     */
    default String description() {
        return getClass().getEnclosingClass() == Schedule.class
                ? toString()
                : getClass().isHidden() ? "own" : getClass().getName();
    }

    /**
     * A validation.
     *
     * @param updates how many were made before it
     * @param figure such as nats a token: the lower the better
     */
    record Validation(long updates, double figure) {
        /** Checks the figure: no comparison with NaN is true, neither of a best one nor of a rise. */
        public Validation {
            check(!Double.isNaN(figure), "the figure of a validation must be a number, not NaN");
        }
    }

    /**
     * This schedule after a linear warm-up: update t of the first n has {@code t / n} of its rate, t counted from 1.
     *
     * @param updates how many the warm-up takes; this schedule's own time runs from the beginning
     * @return both as one
     */
    default Schedule warmedUp(long updates) {
        return new WarmUp(updates, this);
    }

    /**
     * The optimizer's own rate at all times.
     *
     * @return the schedule
     */
    static Schedule constant() {
        return new StepDecay(1, 1);
    }

    /**
     * Multiplies the rate by a factor every so many updates.
     *
     * @param factor such as 0.1
     * @param every how many updates
     * @return the schedule
     */
    static Schedule stepDecay(double factor, long every) {
        return new StepDecay(factor, every);
    }

    /**
     * Halves the rate, and goes back to the best parameters, after every validation that is not better than all before
     * it; the language models of Pascanu et al. 2014.
     *
     * @return the schedule
     */
    static Schedule halveOnPlateau() {
        return new Plateau(0.5, 1, true);
    }

    /**
     * The music models of Pascanu et al. 2014: {@code 1 / (1 + max(0, t - t0) / beta)} in update t, where t0 is when
     * validation first gave a larger figure than the time before.
     *
     * @param beta after how many updates from t0 on the rate is half
     * @return the schedule
     */
    static Schedule inverseAfterRise(double beta) {
        return inverseAfterRise(beta, 1);
    }

    /**
     * The same with a t0 that does not heed single rises: when so many validations in a row were worse than the best one
     * before them. A deep network that learns nothing but the mean at first rises by chance while it does.
     *
     * @param beta after how many updates from t0 on the rate is half
     * @param patience how many validations, at least 1; 1 is the first rise
     * @return the schedule
     */
    static Schedule inverseAfterRise(double beta, int patience) {
        return new InverseAfterRise(beta, patience);
    }

    /**
     * Half a period of a cosine, from the optimizer's own rate down to a part of it (Loshchilov and Hutter 2017).
     *
     * @param updates how many it takes; the rate stays at its lowest after them
     * @param floor the lowest factor, from 0 to 1
     * @return the schedule
     */
    static Schedule cosine(long updates, double floor) {
        return new Cosine(updates, floor);
    }

    /**
     * {@code factor^(t / every)}, in whole numbers.
     *
     * @param factor positive
     * @param every at least 1
     */
    record StepDecay(double factor, long every) implements Schedule {
        /** Checks the numbers. */
        public StepDecay {
            check(factor > 0 && Double.isFinite(factor), "the factor must be a positive number, not " + factor);
            check(every > 0, "the number of updates must be at least 1, not " + every);
        }

        @Override
        public double factor(long updates, List<Validation> validations) {
            return StrictMath.pow(factor, updates / every);
        }
    }

    /**
     * Multiplies the rate by a factor whenever so many validations in a row gave no new best figure.
     *
     * @param factor from 0 to less than 1
     * @param patience how many validations, at least 1
     * @param rollsBack whether the parameters then go back to the best
     */
    record Plateau(double factor, int patience, boolean rollsBack) implements Schedule {
        /** Checks the numbers. */
        public Plateau {
            check(factor >= 0 && factor < 1, "the factor must be from 0 to less than 1, not " + factor);
            check(patience > 0, "the patience must be at least 1 validation, not " + patience);
        }

        @Override
        public double factor(long updates, List<Validation> validations) {
            double best = Double.POSITIVE_INFINITY;
            int waited = 0;
            int cuts = 0;
            for (Validation validation : validations) {
                boolean isBetter = validation.figure() < best;
                best = isBetter ? validation.figure() : best;
                waited = isBetter ? 0 : waited + 1;
                if (waited == patience) {
                    cuts++;
                    waited = 0;
                }
            }
            return StrictMath.pow(factor, cuts);
        }
    }

    /**
     * {@code 1 / (1 + max(0, t - t0) / beta)}.
     *
     * @param beta positive
     * @param patience how many validations in a row have to be worse than the best one, at least 1
     */
    record InverseAfterRise(double beta, int patience) implements Schedule {
        /** Checks the numbers. */
        public InverseAfterRise {
            check(beta > 0 && Double.isFinite(beta), "beta must be a positive number, not " + beta);
            check(patience > 0, "the patience must be at least 1 validation, not " + patience);
        }

        @Override
        public double factor(long updates, List<Validation> validations) {
            double best = Double.POSITIVE_INFINITY;
            int worse = 0;
            for (Validation validation : validations) {
                worse = validation.figure() > best ? worse + 1 : 0;
                if (worse == patience) {
                    return 1 / (1 + Math.max(0, updates - validation.updates()) / beta);
                }
                best = Math.min(best, validation.figure());
            }
            return 1;
        }
    }

    /**
     * {@code floor + (1 - floor) (1 + cos(pi t / updates)) / 2}.
     *
     * @param updates at least 1
     * @param floor from 0 to 1
     */
    record Cosine(long updates, double floor) implements Schedule {
        /** Checks the numbers. */
        public Cosine {
            check(updates > 0, "the number of updates must be at least 1, not " + updates);
            check(floor >= 0 && floor <= 1, "the floor must be from 0 to 1, not " + floor);
        }

        @Override
        public double factor(long made, List<Validation> validations) {
            double part = (double) Math.min(made, updates) / updates;
            return floor + (1 - floor) * (1 + StrictMath.cos(Math.PI * part)) / 2; // not Math's: the same on every CPU
        }
    }

    /**
     * A warm-up in front of another schedule.
     *
     * @param updates of the warm-up, at least 1
     * @param schedule the other one
     */
    record WarmUp(long updates, Schedule schedule) implements Schedule {
        /** Checks the number. */
        public WarmUp {
            check(updates > 0, "the number of updates must be at least 1, not " + updates);
        }

        @Override
        public double factor(long made, List<Validation> validations) {
            double warmth = made < updates ? (made + 1.0) / updates : 1;
            return warmth * schedule.factor(made, validations);
        }

        @Override
        public boolean rollsBack() {
            return schedule.rollsBack();
        }

        @Override
        public String description() {
            return "WarmUp[updates=" + updates + ", schedule=" + schedule.description() + "]";
        }
    }

    private static void check(boolean isGood, String message) {
        if (!isGood) {
            throw new IllegalArgumentException("schedule: " + message);
        }
    }
}
