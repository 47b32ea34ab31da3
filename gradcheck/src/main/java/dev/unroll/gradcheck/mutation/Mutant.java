package dev.unroll.gradcheck.mutation;

import dev.unroll.gradcheck.subject.CotangentOp;
import dev.unroll.gradcheck.subject.TapePass;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Call;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An op whose backward rule is wrong for one input. Every gradient is computed by the right op on a tape of its own, so
 * that a mutation also reaches what ops leave to the end of a tape's backward, as products for weights are.
 *
 * @param right the op as it should be
 * @param outputs how many it has
 * @param input whose gradient is wrong
 * @param mutation how
 * @param part of what, as {@link Mutation#parts} says
 * @param memory for the inner tapes
 */
public record Mutant(Op right, int outputs, int input, Mutation mutation, int part, Workspace memory) {
    /** All mutants of an op. */
    public static List<Mutant> of(Op right, int outputs, Workspace memory) {
        List<Mutant> all = new ArrayList<>();
        for (Mutation mutation : Mutation.values()) {
            for (int i = 0; i < right.domain().size(); i++) {
                if (right.domain().get(i).range().hasGradient()) {
                    for (int part : mutation.parts(right, outputs, i)) {
                        all.add(new Mutant(right, outputs, i, mutation, part, memory));
                    }
                }
            }
        }
        return all;
    }

    /** The wrong op; its forward rule is the right one. */
    public Op op() {
        return switch (mutation) {
            case MEMORY_REUSED -> wrong(right.forward(), this::reuseMemory);
            case ROW_NOT_WRITTEN -> wrong(call -> {
                right.forward().run(call);
                Tensor in = call.input(input);
                call.keep(in.rows(), in.columns());
            }, this::backward);
            default -> wrong(right.forward(), this::backward);
        };
    }

    private Op wrong(Op.Computation forward, Op.Computation backward) {
        return new Op(toString(), right.domain(), forward, backward);
    }

    private void reuseMemory(Call call) {
        right.backward().run(call);
        for (int j = 0; j < outputs; j++) {
            Elementwise.scale(2, call.delta(j), call.pool());
        }
        for (Tensor kept : kept(call)) {
            Elementwise.scale(2, kept, call.pool());
        }
    }

    /** A call does not tell how many there are. */
    private static List<Tensor> kept(Call call) {
        List<Tensor> all = new ArrayList<>();
        try {
            while (true) {
                all.add(call.kept(all.size()));
            }
        } catch (IndexOutOfBoundsException e) {
            return all;
        }
    }

    private void backward(Call call) {
        try (var _ = memory.scope("a mutant")) {
            double[][] gradients = gradients(call, false);
            if (call.wants(input)) {
                Matrix gradient = Matrix.of(call.input(input).shape(), gradients(call, true)[input]);
                gradients[input] = mutation.gradient(gradient).values();
            }
            for (int i = 0; i < gradients.length; i++) {
                if (gradients[i] != null) {
                    deposit(call, i, gradients[i]);
                }
            }
        }
    }

    /** The gradients of all inputs that want one, the others null. */
    private double[][] gradients(Call call, boolean mutated) {
        ElementType type = call.delta(0).type();
        Tape tape = Tape.recording(memory, type, WorkerPool.caller());
        Variable[] inputs = new Variable[right.domain().size()];
        for (int j = 0; j < inputs.length; j++) {
            Matrix operand = matrix(call.input(j));
            Tensor value = copy(call.input(j), mutated ? mutation.operand(j, part, operand) : operand);
            inputs[j] = call.wants(j) ? tape.variable(value) : tape.constant(value);
        }
        Variable[] outputs = tape.apply(mutated ? mutation.computedBy(right) : right, inputs);
        List<Tensor> deltas = new ArrayList<>();
        for (int o = 0; o < outputs.length; o++) {
            Matrix delta = matrix(call.delta(o));
            deltas.add(copy(call.delta(o), mutated ? mutation.delta(o, part, delta) : delta));
        }
        tape.backward(tape.apply(CotangentOp.of(deltas), outputs)[0]);
        return Arrays.stream(inputs).map(Mutant::gradient).toArray(double[][]::new);
    }

    private static double[] gradient(Variable input) {
        if (!input.needsGradient()) {
            return null;
        }
        return input.gradient() == null
                ? new double[(int) input.value().size()]
                : TapePass.read(input.gradient());
    }

    private static Matrix matrix(Tensor tensor) {
        return Matrix.of(tensor.shape(), TapePass.read(tensor));
    }

    private Tensor copy(Tensor like, Matrix values) {
        return TapePass.write(memory.allocate(like.type(), like.shape()), values.values());
    }

    private void deposit(Call call, int i, double[] values) {
        Tensor gradient = call.gradient(i);
        Tensor deposit = copy(gradient, Matrix.of(gradient.shape(), values));
        if (i == input && mutation == Mutation.NOT_ADDED) {
            gradient.copyFrom(deposit);
            return;
        }
        if (i == input && mutation == Mutation.ROW_NOT_WRITTEN) {
            deposit = withRowFromMemory(call, Matrix.of(gradient.shape(), values)).reshape(gradient.shape());
        }
        Elementwise.axpy(1, deposit, gradient, call.pool());
    }

    /** All but the last row written to memory that forward kept without writing to it. */
    private static Tensor withRowFromMemory(Call call, Matrix gradient) {
        Tensor kept = kept(call).getLast();
        double[] values = TapePass.read(kept);
        System.arraycopy(gradient.values(), 0, values, 0, (gradient.rows() - 1) * gradient.columns());
        return TapePass.write(kept, values);
    }

    @Override
    public String toString() {
        String what = right + ": gradient of input " + input + ", " + mutation;
        return part < 0 ? what : what + " of " + part;
    }
}
