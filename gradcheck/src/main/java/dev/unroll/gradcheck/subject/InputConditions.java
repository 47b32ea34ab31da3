package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Fault.Kind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;

/**
 * Which inputs get a gradient changes none of those that are computed, and an input that is given as two of them gets
 * the sum of what the two would get.
 */
final class InputConditions {
    /** Up to so many inputs, every set of them gets gradients once. */
    private static final int ALL_SETS = 4;

    /** Of more, each alone, each left out, and so many that are drawn. */
    private static final int DRAWN_SETS = 3;

    /** How many pairs of inputs are given as one. */
    private static final int MOST_PAIRS = 2;

    private final TapeSubject subject;
    private final FaultCollector faults;
    private final Roundings roundings;
    private final double[][] u;

    InputConditions(TapeSubject subject, FaultCollector faults, Roundings roundings, double[][] u) {
        this.subject = subject;
        this.faults = faults;
        this.roundings = roundings;
        this.u = u;
    }

    /** Some inputs are constants: these get no gradient, and the others the same as without. */
    void constants(double[][] gradients, RandomGenerator random) {
        for (Set<Integer> varying : sets(random)) {
            subject.run(RunSetup.BACKWARD.varying(varying::contains), subject.point(), pass -> {
                double[][] some = subject.backward(pass, u);
                for (int i = 0; i < subject.inputs().size(); i++) {
                    if (!varying.contains(i)) {
                        faults.noGradient(pass, i);
                    }
                }
                for (int s = 0; s < some.length; s++) {
                    if (subject.inputOf(s) >= 0 && !varying.contains(subject.inputOf(s))) {
                        some[s] = gradients[s];
                    }
                }
                return faults.close(Kind.DEPENDS_ON_CONSTANTS, varying.size() == 1
                        ? "the gradient changes when other inputs are constants"
                        : "the gradient changes when only the inputs " + varying + " are not constants",
                        subject.variables(), gradients, some, roundings::ofGradient);
            });
        }
    }

    /** Sets of inputs that get gradients while others get none. */
    private Set<Set<Integer>> sets(RandomGenerator random) {
        List<Integer> inputs = new ArrayList<>();
        for (int s = 0; s < subject.variables().size() && subject.inputOf(s) >= 0; s++) {
            inputs.add(subject.inputOf(s));
        }
        Set<Set<Integer>> sets = new LinkedHashSet<>();
        inputs.forEach(alone -> sets.add(Set.of(alone)));
        if (inputs.size() <= ALL_SETS) {
            for (int bits = 0; bits < 1 << inputs.size(); bits++) {
                int chosen = bits;
                sets.add(set(inputs, i -> (chosen >> i & 1) == 1));
            }
        } else {
            inputs.forEach(left -> sets.add(set(inputs, i -> !inputs.get(i).equals(left))));
            for (int n = 0; n < DRAWN_SETS; n++) {
                sets.add(set(inputs, _ -> random.nextBoolean()));
            }
        }
        sets.removeIf(set -> set.size() == inputs.size());
        if (inputs.size() == subject.variables().size()) {
            sets.removeIf(Set::isEmpty); // nothing gets a gradient, so backward does nothing
        }
        return sets;
    }

    private static Set<Integer> set(List<Integer> inputs, IntPredicate isIn) {
        Set<Integer> set = new LinkedHashSet<>();
        for (int i = 0; i < inputs.size(); i++) {
            if (isIn.test(i)) {
                set.add(inputs.get(i));
            }
        }
        return set;
    }

    /** Pairs of inputs that hold the same numbers are one variable, unless elements of them stay where they are. */
    void aliases() {
        int left = MOST_PAIRS;
        for (int second = 1; second < subject.variables().size() && subject.inputOf(second) >= 0; second++) {
            for (int first = 0; first < second && left > 0; first++) {
                boolean isMasked = subject.mask().has(first) || subject.mask().has(second);
                if (!isMasked && subject.inputs().get(subject.inputOf(first)).isLike(
                        subject.inputs().get(subject.inputOf(second)))) {
                    alias(first, second);
                    left--;
                }
            }
        }
    }

    private void alias(int first, int second) {
        double[][] at = subject.point().clone();
        at[second] = at[first];
        double[][] outputs;
        double[][] gradients;
        try {
            outputs = subject.outputs(at);
            gradients = subject.gradients(at, u);
        } catch (FaultException e) {
            return; // such numbers are not for this function
        }
        if (!FaultCollector.isFinite(outputs) || !FaultCollector.isFinite(gradients)) {
            return;
        }
        Roundings here = roundings.at(at);
        here.add(outputs, gradients);
        for (int j = 0; j < gradients[first].length; j++) {
            gradients[first][j] += gradients[second][j];
        }
        gradients[second] = gradients[first];
        here.add(gradients);
        String what = "where one variable is given as the inputs " + subject.inputOf(first) + " and "
                + subject.inputOf(second) + ", ";
        RunSetup setup = RunSetup.BACKWARD
                .with(new RunSetup.Pair(subject.inputOf(first), subject.inputOf(second)));
        try {
            subject.run(setup, at, pass -> faults.close(Kind.DEPENDS_ON_ALIASES, what + "outputs are others",
                    subject.outputShapes(), outputs, pass.outputValues(), o -> here.ofOutput(outputs[o]))
                    && faults.close(Kind.DEPENDS_ON_ALIASES, what + "its gradient is not the sum of theirs",
                            subject.variables(), gradients, subject.backward(pass, u), here::ofOtherGradient));
        } catch (FaultException e) {
            if (!(e.fault().cause() instanceof IllegalArgumentException)) { // a refusal, as of kernels, is no fault
                faults.fault(Kind.DEPENDS_ON_ALIASES, what + e.fault().text());
            }
        }
    }
}
