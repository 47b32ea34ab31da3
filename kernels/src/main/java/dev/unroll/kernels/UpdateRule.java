package dev.unroll.kernels;

/**
 * The formula by which {@link Optimizers} change values w by their gradients g, with its constants. A rule keeps state
 * beside the values: {@link #states} numbers per value, zero before the first update. State that decays below the
 * smallest normal number becomes 0. Where squares are averaged, gradients are clipped to nine tenths of the root of the
 * largest number of the type, 1.66e19 in F32: larger squares would overflow.
 *
 * <p>In the formulas {@code rate} and the number t of the update are those of the {@link UpdateStep}. Constructors
 * throw {@link IllegalArgumentException} for a constant out of its range.
 */
public sealed interface UpdateRule {
    /** {@return the number of state values per value, 0 to 2} */
    int states();

    /** Stochastic gradient descent: {@code w -= rate g}. No state. */
    record Sgd() implements UpdateRule {
        @Override
        public int states() {
            return 0;
        }
    }

    /**
     * Momentum (Polyak 1964): {@code v = momentum v + g; w -= rate v}. With {@code nesterov}, Nesterov's in the form of
     * Sutskever et al. 2013 as PyTorch has it: {@code v = momentum v + g; w -= rate (g + momentum v)}. The state is v.
     *
     * @param momentum from 0 and less than 1
     * @param nesterov whether the step looks ahead
     */
    record Momentum(double momentum, boolean nesterov) implements UpdateRule {
        /** Checks the constants. */
        public Momentum {
            checkDecay("momentum", momentum);
        }

        @Override
        public int states() {
            return 1;
        }
    }

    /**
     * RMSProp (Tieleman and Hinton 2012): {@code s = decay s + (1 - decay) g^2; w -= rate g / (sqrt(s) + epsilon)}. The
     * state is s.
     *
     * @param decay of the mean square, from 0 and less than 1
     * @param epsilon positive
     */
    record RmsProp(double decay, double epsilon) implements UpdateRule {
        /** Checks the constants. */
        public RmsProp {
            checkDecay("decay", decay);
            checkEpsilon(epsilon);
        }

        @Override
        public int states() {
            return 1;
        }
    }

    /**
     * Adadelta (Zeiler 2012): {@code s = decay s + (1 - decay) g^2; d = g sqrt((u + epsilon) / (s + epsilon));
     * u = decay u + (1 - decay) d^2; w -= rate d}. The state is s, then u.
     *
     * @param decay of both mean squares, from 0 and less than 1
     * @param epsilon positive
     */
    record Adadelta(double decay, double epsilon) implements UpdateRule {
        /** Checks the constants. */
        public Adadelta {
            checkDecay("decay", decay);
            checkEpsilon(epsilon);
        }

        @Override
        public int states() {
            return 2;
        }
    }

    /**
     * Adam (Kingma and Ba 2015): {@code m = beta1 m + (1 - beta1) g; s = beta2 s + (1 - beta2) g^2;
     * w -= rate m' / (sqrt(s') + epsilon)} with {@code m' = m / (1 - beta1^t)} and {@code s' = s / (1 - beta2^t)}. With
     * the step's decay it is AdamW (Loshchilov and Hutter 2019). The state is m, then s.
     *
     * @param beta1 decay of the mean, from 0 and less than 1
     * @param beta2 decay of the mean square, from 0 and less than 1
     * @param epsilon positive
     */
    record Adam(double beta1, double beta2, double epsilon) implements UpdateRule {
        /** Checks the constants. */
        public Adam {
            checkDecay("beta1", beta1);
            checkDecay("beta2", beta2);
            checkEpsilon(epsilon);
        }

        @Override
        public int states() {
            return 2;
        }

        /** {@code 1 - beta^t}, by functions that have the same bits on every processor. */
        private static double correction(double beta, long t) {
            return -StrictMath.expm1(t * StrictMath.log(beta));
        }

        /**
         * {@return the factor of m, {@code rate / (1 - beta1^t)}}
         *
         * @param step the step of the update
         */
        public double meanFactor(UpdateStep step) {
            return step.rate() / correction(beta1, step.number());
        }

        /**
         * {@return the factor of the root of s, {@code 1 / sqrt(1 - beta2^t)}}
         *
         * @param step the step of the update
         */
        public double rootFactor(UpdateStep step) {
            return 1 / Math.sqrt(correction(beta2, step.number()));
        }
    }

    private static void checkDecay(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " is " + value + "; expected at least 0 and less than 1");
        }
    }

    private static void checkEpsilon(double epsilon) {
        if (!((float) epsilon > 0 && Double.isFinite(epsilon))) { // nor 0 as a float: 0 / 0 would be NaN
            throw new IllegalArgumentException("epsilon is " + epsilon + "; expected a positive number");
        }
    }
}
