package dev.unroll.gradcheck;

import dev.unroll.gradcheck.finding.Coverage;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.subject.FunctionSource;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.subject.SubjectSource;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** The settings of a check, which {@link CheckBuilder} sets. */
final class CheckSettings implements Cloneable {
    final InputConstraints constraints = new InputConstraints();
    private SubjectSource source;
    Parameters parameters = new Parameters();
    String name;
    long seed = 1;
    Mode mode;
    int directions = 4;
    int largestSize = 4;
    boolean isSized;
    boolean secondOrder;
    int singlePrecisionPasses;
    SinglePrecisionModel singlePrecisionModel;
    int threads;
    int draws = 1;
    double nondeterminism;
    boolean subgradients;
    Tolerance tolerance = Tolerance.DEFAULT;
    double step;
    Coverage coverage = new Coverage();
    Oracles.Reference reference;
    final List<Oracles.OtherPath> otherPaths = new ArrayList<>();
    int deltaBatch;

    CheckSettings(SubjectSource source) {
        this.source = source;
        name = source.name();
    }

    /** Returns the same settings of a check of something else with the same inputs, which nobody else counts. */
    CheckSettings with(SubjectSource other) {
        try {
            CheckSettings copy = (CheckSettings) clone(); // and so no setting can be forgotten
            copy.source = other;
            copy.coverage = new Coverage();
            return copy;
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    void requireSupported() {
        source.requireSupported(
                !parameters.list().isEmpty(), singlePrecisionPasses > 0 && singlePrecisionModel == null);
        if (singlePrecisionModel != null) {
            singlePrecisionModel.requireLike(parameters);
        }
        if (source instanceof FunctionSource && !otherPaths.isEmpty()) {
            throw new IllegalArgumentException("a plain function has no other path on the tape; use reference(...) in"
                    + " place of sameAs(...)");
        }
    }

    SubjectSource source() {
        return source;
    }

    /**
     * Returns the inputs, drawn ones new at every call.
     *
     * @param larger a largest size to be used if it is more than that of the check
     */
    List<Input> inputs(RandomGenerator random, int larger) {
        return constraints.on(source.inputs(random, Math.max(larger, largestSize)));
    }

    /** Returns inputs of other draws to be looked at too, where no size was chosen; empty if there are none. */
    List<List<Input>> furtherInputs(RandomGenerator random) {
        return source.furtherInputs(random).stream().map(constraints::on).toList();
    }

    /** Tells whether a size was chosen. */
    boolean isSized() {
        return isSized;
    }

    /** Returns the subject of a run at some values of the inputs. */
    Subject subject(List<Input> inputs, double[][] values, ElementType type) {
        Subject subject = source.at(inputs, values, parameters, type);
        subject.useThreads(threads);
        subject.configure(nondeterminism, coverage);
        return constraints.on(subject, inputs);
    }

    /** Returns the subject of F32 that one of F64 is compared with. */
    Subject singlePrecision(Subject f64, List<Input> inputs, double[][] values) {
        if (singlePrecisionModel != null && !inputs.isEmpty()) {
            throw new IllegalArgumentException(
                    "CheckBuilder.singlePrecision: a model of F32 is compared with a function of"
                            + " parameters alone, not one with inputs too; give the inputs to both within the functions");
        }
        return singlePrecisionModel == null
                ? subject(inputs, values, ElementType.F32)
                : singlePrecisionModel.at(f64.point(), threads, nondeterminism);
    }

    Parameters parameters() {
        return parameters;
    }

    String name() {
        return name;
    }

    long seed() {
        return seed;
    }

    /** Returns null for the default. */
    Mode mode() {
        return mode;
    }

    int directions() {
        return directions;
    }

    boolean isSecondOrder() {
        return secondOrder;
    }

    /** Returns 0 if single precision is not compared. */
    int singlePrecisionPasses() {
        return singlePrecisionPasses;
    }

    int draws() {
        return draws;
    }

    /** Returns null for none. */
    Oracles.Reference reference() {
        return reference;
    }

    List<Oracles.OtherPath> otherPaths() {
        return otherPaths;
    }

    /** Returns 0 for none. */
    int deltaBatch() {
        return deltaBatch;
    }

    Coverage coverage() {
        return coverage;
    }

    double nondeterminism() {
        return nondeterminism;
    }

    boolean acceptsSubgradients() {
        return subgradients;
    }

    Tolerance tolerance() {
        return tolerance;
    }

    /** Returns 0 for the default. */
    double step() {
        return step;
    }
}
