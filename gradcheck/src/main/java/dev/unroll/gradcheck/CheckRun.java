package dev.unroll.gradcheck;

import dev.unroll.gradcheck.diagnosis.FailureDiagnosis;
import dev.unroll.gradcheck.diagnosis.KinkSearch;
import dev.unroll.gradcheck.finding.Comparison;
import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.finding.Hint;
import dev.unroll.gradcheck.finding.VariableCount;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.numeric.ComparedDerivative;
import dev.unroll.gradcheck.numeric.ComparisonStatistics;
import dev.unroll.gradcheck.numeric.JacobianComparison;
import dev.unroll.gradcheck.numeric.LinearityComparison;
import dev.unroll.gradcheck.numeric.ProjectedComparison;
import dev.unroll.gradcheck.numeric.SecondOrderComparison;
import dev.unroll.gradcheck.numeric.SinglePrecisionComparison;
import dev.unroll.gradcheck.subject.FaultException;
import dev.unroll.gradcheck.subject.FunctionSource;
import dev.unroll.gradcheck.subject.NamedShape;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Domain.Range;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.init.Randoms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** One run of a check. */
final class CheckRun {
    /** Largest number of draws of the inputs when differences fall on a kink. */
    private static final int DRAWS = 20;

    /** Largest number of input and output elements for which the full Jacobian is the default. */
    private static final int FULL_LIMIT = 400;

    /** The same for further draws of a check whose mode is chosen. */
    private static final int FULL_LIMIT_FURTHER = 600;

    private final CheckSettings check;
    private final RandomGenerator random;

    CheckRun(CheckSettings check) {
        this.check = check;
        random = Randoms.of(check.seed());
    }

    Result result() {
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < check.draws(); i++) {
            results.add(first());
        }
        Result result = ResultMerge.of(results);
        return result.verdict() == Result.Verdict.RIGHT ? further(result) : result;
    }

    /** Looks at further draws of an op too, of more and of larger numbers; what is wrong there is the result. */
    private Result further(Result right) {
        List<Result> all = new ArrayList<>();
        for (int i = 0; i < furtherDraws(); i++) {
            Result further = further(i);
            if (further.verdict() == Result.Verdict.WRONG) {
                return further;
            }
            all.add(further);
        }
        return ResultMerge.further(right, all);
    }

    private Result further(int index) {
        return decided(() -> check.furtherInputs(random).get(index), true);
    }

    private int furtherDraws() {
        return check.isSized() ? 0 : check.furtherInputs(random).size();
    }

    /** Tells whether the result is wrong; the draws after one that is are not looked at. */
    boolean isWrong() {
        boolean right = true;
        for (int i = 0; i < check.draws(); i++) {
            Result.Verdict verdict = first().verdict();
            if (verdict == Result.Verdict.WRONG) {
                return true;
            }
            right &= verdict == Result.Verdict.RIGHT;
        }
        int further = right ? furtherDraws() : 0;
        return IntStream.range(0, further).anyMatch(i -> further(i).verdict() == Result.Verdict.WRONG);
    }

    private Result first() {
        return decided(() -> check.inputs(random, 1), false);
    }

    /** Draws inputs until all derivatives can be judged, or none are left to be drawn. */
    private Result decided(Supplier<List<Input>> drawn, boolean isFurther) {
        for (int draw = 1;; draw++) {
            List<Input> inputs = drawn.get();
            Result result = new Draw(inputs, draw, isFurther).result();
            boolean mayDraw = draw < DRAWS && inputs.stream().anyMatch(Input::isDrawn);
            if (!result.verdict().isUndecided() || !mayDraw) {
                return draw == 1
                        ? result
                        : result.with("the inputs were drawn " + draw + " times, since not every derivative could be"
                                + " judged at those before");
            }
        }
    }

    /** The check at one draw of the inputs. */
    private final class Draw {
        private final List<Input> inputs;
        private final int number;
        private final double[][] values;
        private final ComparisonStatistics statistics = new ComparisonStatistics(
                check.acceptsSubgradients(), tolerance(), check.step());
        private final List<Fault> faults = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();
        private final boolean isFurther;
        private List<VariableCount> variables = List.of();
        private Mode mode;
        private Hint hint;

        Draw(List<Input> inputs, int number, boolean isFurther) {
            this.isFurther = isFurther;
            mode = check.mode();
            this.inputs = inputs;
            this.number = number;
            inputs.forEach(input -> check.coverage().addShape(input.shape()));
            check.parameters().list().forEach(parameter -> check.coverage().addShape(parameter.shape()));
            values = inputs.stream().map(input -> input.values(random)).toArray(double[][]::new);
            if (check.singlePrecisionPasses() > 0) {
                Arrays.setAll(values, i -> ArrayMath.floats(values[i]));
            }
        }

        Result result() {
            try (Subject subject = check.subject(inputs, values, ElementType.F64)) {
                try {
                    run(subject);
                } catch (FaultException e) {
                    faults.add(e.fault());
                }
                variables = statistics.byVariable(subject.variables());
            }
            Comparison worst = statistics.worst() == null ? null : statistics.worst().named();
            List<String> texts = Stream.concat(inputs.stream(), check.parameters().list().stream().map(Parameter::name))
                    .map(Object::toString)
                    .toList();
            return new Result(
                    check.name(), texts, mode == null ? Mode.FULL_JACOBIAN : mode, check.seed(), number,
                    statistics.count(),
                    statistics.wrong(), statistics.undecided(), worst, hint, faults, notes, variables,
                    statistics.all());
        }

        private void run(Subject subject) {
            faults.addAll(subject.faults(random));
            if (faults.isEmpty() && subject.variables().isEmpty()) {
                throw new IllegalArgumentException(check.name() + ": there is nothing to check, for no input gets a"
                        + " gradient; give a shape(...), an Input of numbers, or parameters(...)");
            }
            requireChecked(subject);
            if (subject.outputShapes() != null && (mode == null || isTooLarge(subject))) {
                mode = fitting(subject);
            }
            if (!faults.isEmpty()) {
                return;
            }
            faults.addAll(new Oracles(check, inputs, values, random).faults(subject));
            compare(subject);
            if (statistics.wrong() == 0) {
                faults.addAll(subject.laterFaults());
            }
            if (check.isSecondOrder()) {
                new SecondOrderComparison(subject, statistics, random).compare(check.directions());
            }
            notes.addAll(statistics.notes());
            if (statistics.wrong() > 0 || statistics.undecided() > 0) {
                hint = hint(subject);
                return;
            }
            noteWithoutGradient(subject);
            if (check.singlePrecisionPasses() > 0) {
                compareSinglePrecision(subject);
            }
        }

        /** The full Jacobian of numbers that fill vectors takes minutes, and nobody asked for such numbers. */
        private boolean isTooLarge(Subject subject) {
            return isFurther && mode == Mode.FULL_JACOBIAN && elements(subject) > FULL_LIMIT_FURTHER;
        }

        private void requireChecked(Subject subject) {
            boolean some = false;
            for (int s = 0; s < subject.variables().size() && !some; s++) {
                int variable = s;
                some = IntStream.range(0, subject.variables().get(s).size())
                        .anyMatch(j -> subject.isChecked(variable, j));
            }
            if (faults.isEmpty() && !some) {
                throw new IllegalArgumentException(
                        check.name() + ": there is nothing to check, for leaveOut(...) leaves"
                                + " out every element of every input that gets a gradient; leave one in");
            }
        }

        private void compare(Subject subject) {
            switch (mode) {
                case FULL_JACOBIAN ->
                        new JacobianComparison(subject, statistics, check.nondeterminism()).compare(random);
                case PROJECTED -> {
                    notes.add(new ProjectedComparison(subject, statistics, random).compare(check.directions()));
                    if (check.source() instanceof FunctionSource && statistics.wrong() == 0 && faults.isEmpty()) {
                        new LinearityComparison(subject, check.nondeterminism()).compare(random);
                    }
                }
            }
        }

        private void noteWithoutGradient(Subject subject) {
            double[][] u = subject.outputShapes().stream()
                    .map(output -> ArrayMath.cotangent(output.size(), random))
                    .toArray(double[][]::new);
            double[][] gradients = subject.gradients(subject.point(), u);
            for (int s = 0; s < gradients.length; s++) {
                if (ArrayMath.largest(gradients[s]) == 0) {
                    notes.add(subject.variables().get(s).name() + " gets no gradient, or zeros, and where it was moved"
                            + " the function did not change");
                }
            }
        }

        private Hint hint(Subject subject) {
            Comparison worst = statistics.worst().named();
            ComparedDerivative measurement = statistics.worst().measurement();
            if (statistics.wrong() == 0) {
                return KinkSearch.of(worst, measurement);
            }
            return measurement.variable() == ComparedDerivative.SECOND_ORDER
                    ? new Hint(Hint.Kind.SECOND_ORDER,
                            "the gradient is right at the point but wrong around it: it is not"
                                    + " that of one function",
                            worst)
                    : FailureDiagnosis.of(subject, measurement.variable(), worst, statistics, random);
        }

        private void compareSinglePrecision(Subject f64) {
            boolean smooth = inputs.stream().noneMatch(input -> input.has(Range.KINK_INSIDE));
            if (!smooth) {
                notes.add("gradients in single precision are not compared: beside a kink the slope may be another after"
                        + " rounding");
            }
            try (Subject f32 = check.singlePrecision(f64, inputs, values)) {
                faults.addAll(new SinglePrecisionComparison(
                        f64, f32, check.singlePrecisionPasses(), check.nondeterminism(), notes)
                        .compare(random, smooth));
            }
        }
    }

    private DoubleUnaryOperator tolerance() {
        return scale -> check.tolerance().of(scale);
    }

    private static Mode fitting(Subject subject) {
        return elements(subject) <= FULL_LIMIT ? Mode.FULL_JACOBIAN : Mode.PROJECTED;
    }

    private static long elements(Subject subject) {
        return Stream.concat(subject.variables().stream(), subject.outputShapes().stream())
                .mapToLong(NamedShape::size)
                .sum();
    }
}
