package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Coverage;
import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.input.TapeFunction;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;

/**
 * A function on a tape: of its inputs, and of parameters that it uses. Parameters are moved in place and restored, with
 * their gradients, when the subject is closed.
 */
public final class TapeSubject implements Subject {
    /** Number of bytes filled at a time when memory is spoiled. */
    private static final long PIECE = 1 << 10;

    private final TapeFunction function;
    private final List<Input> inputs;
    private final double[][] values;
    private final Parameters parameters;
    private final double[] oldGradients;
    private final ElementType type;
    private final Workspace workspace = new Workspace("gradcheck");
    private final List<NamedShape> variables = new ArrayList<>();
    private final List<Integer> inputOfVariable = new ArrayList<>();
    private final double[][] point;
    private double nondeterminism;
    private Coverage coverage = new Coverage();
    private List<NamedShape> outputShapes;

    /**
     * A subject.
     *
     * @param function to be checked
     * @param inputs what it takes
     * @param values of each input
     * @param parameters that it uses, with their memory allocated; without any if it uses none
     * @param type of the computation
     */
    public TapeSubject(
            TapeFunction function, List<Input> inputs, double[][] values, Parameters parameters, ElementType type) {
        this.function = function;
        this.inputs = inputs;
        this.values = values;
        this.parameters = parameters;
        this.type = type;
        List<double[]> at = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i).isDifferentiable()) {
                variables.add(new NamedShape("input " + i, inputs.get(i).shape()));
                inputOfVariable.add(i);
                at.add(values[i]);
            }
        }
        for (Parameter parameter : parameters.list()) {
            variables.add(new NamedShape("parameter " + parameter.name(), parameter.shape()));
            at.add(TapePass.read(parameter.value()));
        }
        point = at.toArray(double[][]::new);
        oldGradients = parameters.list().isEmpty() ? null : TapePass.read(parameters.gradients());
    }

    @Override
    public List<NamedShape> variables() {
        return variables;
    }

    @Override
    public double[][] point() {
        return point;
    }

    @Override
    public List<NamedShape> outputShapes() {
        return outputShapes;
    }

    @Override
    public double[][] outputs(double[][] at) {
        return run(false, at, _ -> true, TapePass::outputValues);
    }

    @Override
    public double[][] gradients(double[][] at, double[][] cotangents) {
        return run(true, at, _ -> true, pass -> {
            clearGradients();
            pass.backward(cotangents, new double[inputs.size()][]);
            return gradients(pass);
        });
    }

    @Override
    public List<Fault> faults(RandomGenerator random) {
        return new TapeFaultFinder(this, random, nondeterminism).check();
    }

    @Override
    public void configure(double equalRuns, Coverage looked) {
        nondeterminism = equalRuns;
        coverage = looked;
    }

    /** Runs forward and gives the run to an action; its memory is released afterwards. */
    public <T> T run(boolean recording, double[][] at, IntPredicate varies, Function<TapePass, T> action) {
        return run(recording, at, varies, false, action);
    }

    /** Runs forward and backward with inputs that are columns of wider matrices. */
    <T> T runStrided(Function<TapePass, T> action) {
        return run(true, point, _ -> true, true, action);
    }

    private <T> T run(
            boolean recording, double[][] at, IntPredicate varies, boolean strided, Function<TapePass, T> action) {
        setParameters(at);
        try (var _ = workspace.scope("a run")) {
            Tape tape = recording
                    ? Tape.recording(workspace, type, WorkerPool.caller())
                    : Tape.inference(workspace, type, WorkerPool.caller());
            TapePass pass = new TapePass(workspace, type, tape, function, place(tape, at, varies, strided), coverage);
            coverage.addRun(type, WorkerPool.caller().threads(), strided);
            checkShapes(pass.outputShapes());
            return action.apply(pass);
        }
    }

    private PlacedInput[] place(Tape tape, double[][] at, IntPredicate varies, boolean strided) {
        PlacedInput[] placed = new PlacedInput[inputs.size()];
        for (int i = 0; i < placed.length; i++) {
            int variable = inputOfVariable.indexOf(i);
            double[] value = variable < 0 ? values[i] : at[variable];
            Input input = inputs.get(i);
            ElementType its = input.type().isFloating() ? type : input.type();
            boolean varying = variable >= 0 && varies.test(i);
            placed[i] = strided && input.shape().length == 2
                    ? PlacedInput.strided(tape, workspace, its, input.shape(), value, varying)
                    : PlacedInput.plain(tape, workspace, its, input.shape(), value, varying);
        }
        return placed;
    }

    private void checkShapes(List<NamedShape> now) {
        if (outputShapes == null) {
            outputShapes = now;
        }
        boolean same = now.size() == outputShapes.size();
        for (int o = 0; same && o < now.size(); o++) {
            same = Arrays.equals(now.get(o).shape(), outputShapes.get(o).shape());
        }
        if (!same) {
            throw new FaultException(Fault.Kind.RETURNS_ANOTHER_SHAPE, "the function returned " + outputShapes
                    + ", and then " + now + "; it must return the same shapes every time");
        }
    }

    /** The gradients of all variables, zeros where nothing flowed. */
    public double[][] gradients(TapePass pass) {
        double[][] gradients = new double[variables.size()][];
        for (int s = 0; s < gradients.length; s++) {
            gradients[s] = s < inputOfVariable.size()
                    ? pass.gradient(inputOfVariable.get(s))
                    : TapePass.read(parameter(s).gradient());
            if (gradients[s] == null) {
                gradients[s] = new double[variables.get(s).size()];
            }
        }
        return gradients;
    }

    List<Input> inputs() {
        return inputs;
    }

    /** The value of an input, floating or not. */
    double[] value(int input) {
        return values[input];
    }

    /** Which input a variable is, or -1 for a parameter. */
    int inputOf(int variable) {
        return variable < inputOfVariable.size() ? inputOfVariable.get(variable) : -1;
    }

    double[] parameterValues(int variable) {
        return TapePass.read(parameter(variable).value());
    }

    void setGradient(int variable, double[] gradient) {
        TapePass.write(parameter(variable).gradient(), gradient);
    }

    void clearGradients() {
        if (oldGradients != null) {
            parameters.gradients().clear();
        }
    }

    private Parameter parameter(int variable) {
        return parameters.list().get(variable - inputOfVariable.size());
    }

    private void setParameters(double[][] at) {
        for (int s = inputOfVariable.size(); s < variables.size(); s++) {
            TapePass.write(parameter(s).value(), at[s]);
        }
        parameters.changed();
    }

    /** Fills free memory with NaN, so that what a run reads before it was written cannot look right by luck. */
    void spoilMemory() {
        try (var _ = workspace.scope("spoiling memory")) {
            double[] spoiled = new double[(int) (PIECE / Double.BYTES)];
            Arrays.fill(spoiled, Double.NaN);
            for (long bytes = PIECE; bytes <= workspace.reservedBytes(); bytes += PIECE) {
                workspace.allocate(ElementType.F64, spoiled.length).copyFrom(spoiled);
            }
        }
    }

    @Override
    public void close() {
        if (oldGradients != null) {
            setParameters(point);
            TapePass.write(parameters.gradients(), oldGradients);
        }
        workspace.close();
    }
}
