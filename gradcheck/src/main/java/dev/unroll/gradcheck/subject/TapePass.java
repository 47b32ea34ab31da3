package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Coverage;
import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.input.TapeFunction;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** One run of a function on a tape, forward and maybe backward, in memory that is the caller's to release. */
public final class TapePass {
    private final Workspace workspace;
    private final ElementType type;
    private final Tape tape;
    private final PlacedInput[] inputs;
    private final Variable[] outputs;
    private final Coverage coverage;

    /** Runs the function; only floating inputs can vary. */
    TapePass(Workspace workspace, ElementType type, Tape tape, TapeFunction function, PlacedInput[] inputs,
            Coverage coverage) {
        this.workspace = workspace;
        this.type = type;
        this.tape = tape;
        this.inputs = inputs;
        this.coverage = coverage;
        outputs = apply(function, variables());
        if (outputs == null || outputs.length == 0 || Arrays.asList(outputs).contains(null)) {
            throw new FaultException(
                    Fault.Kind.RETURNS_NOTHING, "the function returned no output, or null among its outputs");
        }
        for (int o = 0; o < outputs.length; o++) {
            if (outputs[o].value().type() != type) {
                throw new FaultException(Fault.Kind.RETURNS_THE_WRONG_TYPE, "output " + o + " is "
                        + outputs[o].value().type() + ", but the tape computes in " + type + "; return what the tape"
                        + " computed");
            }
        }
    }

    private Variable[] apply(TapeFunction function, Variable[] variables) {
        try {
            return function.apply(tape, variables);
        } catch (Throwable e) {
            throw FaultException.of("the function", e);
        }
    }

    private Variable[] variables() {
        Variable[] variables = new Variable[inputs.length];
        Arrays.setAll(variables, i -> inputs[i].variable());
        return variables;
    }

    boolean hasShapes(List<NamedShape> shapes) {
        boolean same = outputs.length == shapes.size();
        for (int o = 0; same && o < outputs.length; o++) {
            same = Arrays.equals(outputs[o].value().shape(), shapes.get(o).shape());
        }
        return same;
    }

    List<NamedShape> outputShapes() {
        return IntStream.range(0, outputs.length)
                .mapToObj(o -> new NamedShape("output " + o, outputs[o].value().shape()))
                .toList();
    }

    double[][] outputValues() {
        try {
            return Arrays.stream(outputs).map(output -> read(output.value())).toArray(double[][]::new);
        } catch (IllegalStateException e) { // such as an output of an earlier run, whose memory was released
            throw FaultException.of("reading what the function returned", e);
        }
    }

    double[] inputValues(int i) {
        return read(inputs[i].variable().value());
    }

    /** The gradient of an input, or null if nothing flowed to it. */
    double[] gradient(int i) {
        Tensor gradient = inputs[i].variable().gradient();
        return gradient == null ? null : read(gradient);
    }

    PlacedInput input(int i) {
        return inputs[i];
    }

    /**
     * Runs backward.
     *
     * @param cotangents of each output, null for an output that gets none
     * @param direct a gradient that each input gets before the function adds its own, null for none
     */
    public void backward(double[][] cotangents, double[][] direct) {
        coverage.addDelta(cotangents);
        List<Variable> to = new ArrayList<>();
        List<Tensor> gradients = new ArrayList<>();
        collect(outputs, cotangents, to, gradients);
        collect(variables(), direct, to, gradients);
        Variable loss = tape.apply(CotangentOp.of(gradients), to.toArray(Variable[]::new))[0];
        try {
            tape.backward(loss);
        } catch (Throwable e) {
            throw FaultException.ofBackward("backward", e);
        }
    }

    private void collect(Variable[] variables, double[][] values, List<Variable> to, List<Tensor> gradients) {
        for (int i = 0; i < variables.length; i++) {
            if (values[i] != null) {
                to.add(variables[i]);
                gradients.add(write(workspace.allocate(type, variables[i].value().shape()), values[i]));
            }
        }
    }

    public static double[] read(Tensor tensor) {
        return switch (tensor.type()) {
            case F64 -> tensor.toDoubles();
            case F32 -> widened(tensor.toFloats());
            case I32 -> Arrays.stream(tensor.toInts()).asDoubleStream().toArray();
        };
    }

    private static double[] widened(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    public static Tensor write(Tensor tensor, double[] values) {
        return switch (tensor.type()) {
            case F64 -> tensor.copyFrom(values);
            case F32 -> tensor.copyFrom(narrowed(values));
            case I32 -> tensor.copyFrom(Arrays.stream(values).mapToInt(v -> (int) v).toArray());
        };
    }

    private static float[] narrowed(double[] values) {
        float[] narrow = new float[values.length];
        for (int i = 0; i < narrow.length; i++) {
            narrow[i] = (float) values[i];
        }
        return narrow;
    }
}
