package dev.unroll.gradcheck;

import dev.unroll.gradcheck.Power.Outcome;
import dev.unroll.gradcheck.Power.SmallestError;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.mutation.ChangedSource;
import dev.unroll.gradcheck.mutation.GradientChange;
import dev.unroll.gradcheck.mutation.Mutant;
import dev.unroll.gradcheck.subject.NamedShape;
import dev.unroll.gradcheck.subject.OpSource;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.subject.SubjectSource;
import dev.unroll.gradcheck.subject.TapeSubject;
import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.init.Randoms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.random.RandomGenerator;

/** One measurement of the power of a check. */
final class PowerRun {
    /** Number of draws of the inputs at which a mutant that was not caught is compared with the right gradient. */
    private static final int DRAWS = 20;

    /** The largest size of such a draw, unless the check draws larger ones: at size 1 many mutants change nothing. */
    private static final int LARGEST = 4;

    /** Gradients that differ by less than this part of the largest do so by roundings. */
    private static final double ROUNDING = 0x1p-44;

    /** The smallest error that is tried, as a power of ten. */
    private static final int SMALLEST = -12;

    private final CheckSettings check;
    private final List<NamedShape> variables;
    private final List<GradientChange> changes;
    private final int outputs;

    PowerRun(CheckSettings check) {
        this.check = check;
        RandomGenerator random = Randoms.of(check.seed());
        try (Subject subject = subject(check.source(), check.inputs(random, 1), random)) {
            subject.outputs(subject.point());
            variables = List.copyOf(subject.variables());
            outputs = subject.outputShapes().size();
            changes = GradientChange.of(subject);
        }
    }

    Power power() {
        Result right = new CheckRun(check).result().orThrow();
        List<Power.Mutant> mutants =
                check.source() instanceof OpSource source ? ofRule(source.op()) : ofGradients();
        List<SmallestError> smallest = new ArrayList<>();
        for (int s = 0; s < variables.size(); s++) {
            int variable = s;
            smallest.add(new SmallestError(variables.get(s).name(),
                    smallest(part -> GradientChange.ofScale(variable, part)),
                    smallest(part -> GradientChange.ofElement(variable, part))));
        }
        return new Power(right, mutants, smallest);
    }

    private List<Power.Mutant> ofRule(Op op) {
        List<Power.Mutant> mutants = new ArrayList<>();
        try (Workspace memory = new Workspace("mutants")) {
            for (Mutant mutant : Mutant.of(op, outputs, memory)) {
                String of = "input " + mutant.input();
                if (variables.stream().anyMatch(variable -> variable.name().equals(of))) { // and no constant
                    String text = mutant.mutation().text(mutant.part());
                    mutants.add(judged(of, text, new OpSource(mutant.op())));
                }
            }
        }
        return mutants;
    }

    private List<Power.Mutant> ofGradients() {
        return changes.stream()
                .map(change -> judged(variables.get(change.variable()).name(), change.text(),
                        new ChangedSource(check.source(), change)))
                .toList();
    }

    private Power.Mutant judged(String of, String text, SubjectSource wrong) {
        if (isCaught(wrong)) {
            return new Power.Mutant(of, text, Outcome.CAUGHT, "");
        }
        String seen = difference(wrong);
        return new Power.Mutant(of, text, seen.isEmpty() ? Outcome.CHANGES_NOTHING : Outcome.MISSED, seen);
    }

    private boolean isCaught(SubjectSource wrong) {
        return new CheckRun(check.with(wrong)).isWrong();
    }

    private double smallest(DoubleFunction<GradientChange> change) {
        double smallest = Double.POSITIVE_INFINITY;
        for (int power = -1; power >= SMALLEST; power--) {
            double part = Double.parseDouble("1e" + power);
            if (!isCaught(new ChangedSource(check.source(), change.apply(part)))) {
                return smallest;
            }
            smallest = part;
        }
        return smallest;
    }

    /** Says where a wrong gradient differs from the right one; empty if it does nowhere. */
    private String difference(SubjectSource wrong) {
        for (int draw = 0; draw < DRAWS; draw++) {
            RandomGenerator random = Randoms.of(check.seed() + draw);
            List<Input> inputs = check.inputs(random, LARGEST);
            double[][] expected = gradients(check.source(), inputs, draw);
            double[][] actual = gradients(wrong, inputs, draw);
            double apart = 0;
            for (int s = 0; s < expected.length; s++) {
                apart = Math.max(apart, apart(expected[s], actual[s]));
            }
            if (apart > ROUNDING) {
                return String.format(
                        Locale.ROOT, "at inputs such as %s it is off by %.1g of the largest", inputs, apart);
            }
        }
        return "";
    }

    private static double apart(double[] expected, double[] actual) {
        double apart = 0;
        for (int j = 0; j < expected.length; j++) {
            double difference = Math.abs(expected[j] - actual[j]);
            apart = difference <= apart ? apart : Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
        }
        double largest = ArrayMath.largest(expected);
        return apart == 0 ? 0 : apart / (largest == 0 ? 1 : largest);
    }

    /** Gradients by some cotangents; where possible added to 1 that is there before. */
    private double[][] gradients(SubjectSource source, List<Input> inputs, long seed) {
        RandomGenerator random = Randoms.of(seed);
        try (Subject subject = subject(source, inputs, random)) {
            double[][] u = Arrays.stream(subject.outputs(subject.point()))
                    .map(output -> ArrayMath.cotangent(output.length, random))
                    .toArray(double[][]::new);
            if (!(check.source() instanceof OpSource) || !(subject instanceof TapeSubject tape)) {
                return subject.gradients(subject.point(), u);
            }
            double[][] before = inputs.stream().map(PowerRun::ones).toArray(double[][]::new);
            return tape.run(true, tape.point(), _ -> true, pass -> {
                pass.backward(u, before);
                return tape.gradients(pass);
            });
        }
    }

    private Subject subject(SubjectSource source, List<Input> inputs, RandomGenerator random) {
        double[][] values = inputs.stream().map(input -> input.values(random)).toArray(double[][]::new);
        return check.with(source).subject(inputs, values, ElementType.F64);
    }

    private static double[] ones(Input input) {
        if (!input.isDifferentiable()) {
            return null;
        }
        double[] ones = new double[Math.toIntExact(ArrayMath.product(input.shape()))];
        Arrays.fill(ones, 1);
        return ones;
    }
}
