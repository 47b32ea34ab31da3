package dev.unroll.gradcheck;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What must hold of a function on a tape besides the size of its gradients: it is deterministic and finite, writes to
 * nothing that it was given, adds to gradients instead of setting them, and gives gradients to what varies alone.
 */
final class TapeConditions {
    /** Sums in another order, of numbers of order 1 and as many as fit in a small check; a fault is of order 1. */
    private static final double OTHER_ORDER = 1e-10;

    private final TapeSubject subject;
    private final RandomGenerator random;
    private final List<String> faults = new ArrayList<>();

    TapeConditions(TapeSubject subject, RandomGenerator random) {
        this.subject = subject;
        this.random = random;
    }

    /** What does not hold, a line each; empty if all is well. */
    List<String> check() {
        double[][] outputs = subject.outputs(subject.point());
        List<Site> sites = subject.outputSites();
        if (!finite("", sites, outputs)) {
            return faults;
        }
        double[][] u =
                Arrays.stream(outputs).map(o -> Vectors.cotangent(o.length, random)).toArray(double[][]::new);
        double[][] gradients = gradients(u, outputs);
        if (!finite("the gradient of ", subject.sites(), gradients)) {
            return faults;
        }
        subject.spoilMemory();
        same("the function gives other outputs when it runs again", sites, outputs, subject.outputs(subject.point()));
        subject.spoilMemory();
        same("backward gives other gradients when it runs again", subject.sites(), gradients, subject.gradients(u));
        accumulated(u, gradients);
        alone(u, gradients);
        return faults;
    }

    private boolean finite(String of, List<Site> sites, double[][] values) {
        for (int s = 0; s < values.length; s++) {
            int at = Vectors.firstNotFinite(values[s]);
            if (at >= 0) {
                faults.add(of + sites.get(s).at(at) + " is " + values[s][at]);
                return false;
            }
        }
        return true;
    }

    private void same(String fault, List<Site> sites, double[][] before, double[][] after) {
        for (int s = 0; s < before.length; s++) {
            int at = Vectors.firstUnequal(before[s], after[s]);
            if (at >= 0) {
                faults.add(fault + ": " + sites.get(s).at(at) + ": " + before[s][at] + ", then " + after[s][at]
                        + "; it depends on something else, or reads memory before writing it");
                return;
            }
        }
    }

    /** Gradients by one run, which is looked at closely. */
    private double[][] gradients(double[][] u, double[][] outputs) {
        return subject.run(true, subject.point(), _ -> true, pass -> {
            same("a tape that records gives other outputs", subject.outputSites(), outputs, pass.outputValues());
            subject.clearGradients();
            pass.backward(u, new double[subject.inputs().size()][]);
            same("backward changes outputs", subject.outputSites(), outputs, pass.outputValues());
            unchangedInputs(pass);
            for (int i = 0; i < subject.inputs().size(); i++) {
                noGradient(pass, i, subject.inputs().get(i).isDifferentiable());
            }
            return subject.gradients(pass);
        });
    }

    private void unchangedInputs(TapePass pass) {
        for (int i = 0; i < subject.inputs().size(); i++) {
            Site site = new Site("input " + i, subject.inputs().get(i).shape());
            unchanged(site, subject.value(i), pass.inputValues(i));
        }
        for (int s = 0; s < subject.sites().size(); s++) {
            if (subject.inputOf(s) < 0) {
                unchanged(subject.sites().get(s), subject.point()[s], subject.parameterValues(s));
            }
        }
    }

    private void unchanged(Site site, double[] before, double[] after) {
        int at = Vectors.firstUnequal(before, after);
        if (at >= 0) {
            faults.add("the function writes to what it is given: " + site.at(at) + " was " + before[at] + " and became "
                    + after[at]);
        }
    }

    private void noGradient(TapePass pass, int input, boolean varies) {
        if (!varies && pass.gradient(input) != null) {
            faults.add("input " + input + " is a constant but gets a gradient; ask call.wants(i) first");
        }
    }

    /** With gradients that are there before, the function's own must be added to them. */
    private void accumulated(double[][] u, double[][] gradients) {
        double[][] before = new double[gradients.length][];
        double[][] direct = new double[subject.inputs().size()][];
        for (int s = 0; s < before.length; s++) {
            before[s] = Vectors.cotangent(gradients[s].length, random);
            if (subject.inputOf(s) >= 0) {
                direct[subject.inputOf(s)] = before[s];
            }
        }
        double[][] sums = subject.run(true, subject.point(), _ -> true, pass -> {
            for (int s = 0; s < before.length; s++) {
                if (subject.inputOf(s) < 0) {
                    subject.setGradient(s, before[s]);
                }
            }
            pass.backward(u, direct);
            return subject.gradients(pass);
        });
        for (int s = 0; s < sums.length; s++) {
            close("backward does not add to the gradient that is there", s, gradients[s], before[s], sums[s]);
        }
    }

    private void close(String fault, int site, double[] gradient, double[] before, double[] sum) {
        double tolerance = OTHER_ORDER * (1 + Vectors.largest(gradient));
        for (int j = 0; j < sum.length; j++) {
            double expected = before[j] + gradient[j];
            if (!(Math.abs(sum[j] - expected) <= tolerance)) {
                faults.add(fault + ": " + subject.sites().get(site).at(j) + " should be " + expected + ", "
                        + before[j] + " of them from before, but is " + sum[j]);
                return;
            }
        }
    }

    /** Every input must get the same gradient where all others are constants, and these none. */
    private void alone(double[][] u, double[][] gradients) {
        for (int s = 0; s < gradients.length && subject.inputOf(s) >= 0; s++) {
            int site = s;
            int alone = subject.inputOf(s);
            double[] gradient = subject.run(true, subject.point(), i -> i == alone, pass -> {
                subject.clearGradients();
                pass.backward(u, new double[subject.inputs().size()][]);
                for (int i = 0; i < subject.inputs().size(); i++) {
                    noGradient(pass, i, i == alone);
                }
                return subject.gradients(pass)[site];
            });
            close("the gradient changes when other inputs are constants", s, gradient, new double[gradient.length],
                    gradients[s]);
        }
    }
}
