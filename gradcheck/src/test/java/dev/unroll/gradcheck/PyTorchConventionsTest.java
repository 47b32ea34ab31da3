package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.mutation.Mutant;
import dev.unroll.gradcheck.mutation.Mutation;
import dev.unroll.gradcheck.subject.TapePass;
import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.MatrixOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpTable;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The verdicts are those of PyTorch's gradcheck with its defaults: all of the Jacobian, in f64, by plain central
 * differences of step 1e-6, that agree if {@code |analytic - numeric| <= 1e-5 + 1e-3 |numeric|}. What it does is written
 * here again, with a tape and loops alone.
 */
class PyTorchConventionsTest {
    private static final double STEP = 1e-6;
    private static final double ATOL = 1e-5;
    private static final double RTOL = 1e-3;

    private static final int EXAMPLES = 3;
    private static final int SMALL = 4;

    /**
     * What both must catch. A factor of 1.0001 is within PyTorch's rtol of 1e-3, so that its gradcheck passes it and ours
     * does not.
     */
    private static final Set<Mutation> CAUGHT_BY_BOTH =
            Set.of(Mutation.TIMES_1_01, Mutation.SIGN, Mutation.MISSING);

    /**
     * A gradient of this size that is 1% wrong is wrong by twice what PyTorch allows: 1e-2 g = 2 (1e-5 + 1e-3 g).
     * Below half of it, nothing that is 1% wrong is seen.
     */
    private static final double LARGE_ENOUGH = 2.5e-3;

    private final Workspace memory = new Workspace("PyTorch's conventions");
    private final Examples examples = new Examples();
    private final Workspace ofMutants = new Workspace("mutants");

    @AfterEach
    void close() {
        memory.close();
        ofMutants.close();
    }

    @Test
    void everyRightRulePassesBoth() {
        for (Op op : OpTable.all()) {
            for (int number = 0; number < EXAMPLES; number++) {
                Example example = examples.get(op, Mode.FULL_JACOBIAN, number, SMALL);
                assertTrue(passes(op, example), () -> op + " fails with PyTorch's conventions");
            }
        }
    }

    @Test
    void grossMutantsFailBoth() {
        for (Op op : OpTable.all()) {
            for (Mutant mutant : Mutant.of(op, Example.draw(op, 1, SMALL).outputs(), ofMutants)) {
                if (CAUGHT_BY_BOTH.contains(mutant.mutation())) {
                    failsBoth(mutant);
                }
            }
        }
    }

    private void failsBoth(Mutant mutant) {
        Op wrong = mutant.op();
        int failed = 0;
        for (int number = 0; failed < EXAMPLES; number++) {
            assertTrue(number < 50, () -> "no example with a gradient of some size: " + mutant);
            Example example = examples.get(mutant.right(), Mode.FULL_JACOBIAN, number, SMALL);
            if (ArrayMath.largest(jacobian(mutant.right(), example, mutant.input())) >= LARGE_ENOUGH) {
                assertEquals(Verdict.WRONG, example.check(wrong, Mode.FULL_JACOBIAN).verdict(), mutant::toString);
                assertTrue(!passes(wrong, example), () -> mutant + " passes with PyTorch's conventions");
                failed++;
            }
        }
    }

    @Test
    void ourToleranceIsTighter() {
        Mutant slight = Mutant.of(MatrixOps.MATMUL, 1, ofMutants).stream()
                .filter(mutant -> mutant.mutation() == Mutation.TIMES_1_0001)
                .findFirst()
                .orElseThrow();
        Example example = examples.get(MatrixOps.MATMUL, Mode.FULL_JACOBIAN, 0, SMALL);
        assertTrue(passes(slight.op(), example));
        assertEquals(Verdict.WRONG, example.check(slight.op(), Mode.FULL_JACOBIAN).verdict());
    }

    private boolean passes(Op op, Example example) {
        double[][] values = example.values();
        for (int i = 0; i < values.length; i++) {
            if (example.inputs().get(i).isDifferentiable() && !passes(op, example, i)) {
                return false;
            }
        }
        return true;
    }

    /** Of all outputs by one input. */
    private boolean passes(Op op, Example example, int input) {
        double[] jacobian = jacobian(op, example, input);
        double[][] at = example.values();
        int next = 0;
        for (int j = 0; j < at[input].length; j++) {
            double x = at[input][j];
            at[input][j] = x + STEP;
            double[] above = outputs(op, example, at);
            at[input][j] = x - STEP;
            double[] below = outputs(op, example, at);
            at[input][j] = x;
            for (int k = 0; k < above.length; k++) {
                double numeric = (above[k] - below[k]) / (2 * STEP);
                if (!(Math.abs(jacobian[next++] - numeric) <= ATOL + RTOL * Math.abs(numeric))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** By backward, a run for each output element; input element by input element. */
    private double[] jacobian(Op op, Example example, int input) {
        int count = outputs(op, example, example.values()).length;
        int size = example.values()[input].length;
        double[] jacobian = new double[size * count];
        for (int k = 0; k < count; k++) {
            double[] gradient = gradient(op, example, input, k);
            for (int j = 0; j < size; j++) {
                jacobian[j * count + k] = gradient[j];
            }
        }
        return jacobian;
    }

    private double[] gradient(Op op, Example example, int input, int element) {
        try (var _ = memory.scope("a run")) {
            Tape tape = Tape.recording(memory, ElementType.F64, WorkerPool.caller());
            Variable[] inputs = variables(tape, example, example.values());
            int left = element;
            for (Variable output : tape.apply(op, inputs)) {
                Tensor value = output.value();
                if (left < value.size()) {
                    Tensor one = memory.zeros(ElementType.F64, value.shape());
                    one.set(left / value.columns(), left % value.columns(), 1);
                    tape.backward(output, one);
                    break;
                }
                left -= (int) value.size();
            }
            Tensor gradient = inputs[input].gradient();
            return gradient == null ? new double[(int) inputs[input].value().size()] : gradient.toDoubles();
        }
    }

    /** The elements of all outputs. */
    private double[] outputs(Op op, Example example, double[][] at) {
        try (var _ = memory.scope("a run")) {
            Tape tape = Tape.inference(memory, ElementType.F64, WorkerPool.caller());
            List<Double> all = new ArrayList<>();
            for (Variable output : tape.apply(op, variables(tape, example, at))) {
                for (double element : output.value().toDoubles()) {
                    all.add(element);
                }
            }
            return all.stream().mapToDouble(Double::doubleValue).toArray();
        }
    }

    private Variable[] variables(Tape tape, Example example, double[][] at) {
        Variable[] variables = new Variable[at.length];
        for (int i = 0; i < at.length; i++) {
            Input input = example.inputs().get(i);
            Tensor value = TapePass.write(memory.allocate(input.type(), input.shape()), at[i]);
            variables[i] = input.isDifferentiable() ? tape.variable(value) : tape.constant(value);
        }
        return variables;
    }
}
