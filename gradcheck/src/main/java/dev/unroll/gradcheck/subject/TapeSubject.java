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
    /** Memory is spoiled in so many pieces, some of which are left out for what does not fit in where chunks end. */
    private static final int PIECES = 256;

    private static final int LEFT_OUT = 16;

    /** Up to so many bytes are spoiled completely, for some more would do no harm. */
    private static final long LITTLE = 1 << 16;

    /** The largest number of bytes of a piece. */
    private static final long LARGEST_PIECE = 1 << 20;

    /** Functions of more numbers run on all processors unless a number of threads was asked for. */
    private static final int LARGE = 1 << 17;

    /** Threads of the pool that runs are compared with: as uneven parts as there can be of a few. */
    private static final int OTHER_THREADS = 3;

    /** Started on first use; its threads sleep, and end with the virtual machine. */
    private static final class OtherPool {
        static final WorkerPool POOL = new WorkerPool(OTHER_THREADS);
    }

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
    private Mask mask = Mask.NONE;
    private List<NamedShape> outputShapes;
    private WorkerPool pool = WorkerPool.caller();
    private int threads;
    private int runs;
    private TapeFaultFinder finder;

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

    /** Refuses a check in single precision of parameters of F64. */
    static void requireSupported(boolean parameters, boolean singlePrecision) {
        if (parameters && singlePrecision) {
            throw new IllegalArgumentException(
                    "singlePrecision() is for functions of inputs, and parameters are of F64;"
                            + " leave singlePrecision() or parameters(...) out");
        }
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
    public void useThreads(int count) {
        threads = count;
        boolean isLarge = Arrays.stream(point).mapToInt(array -> array.length).sum() > LARGE;
        pool = count > 1
                ? new WorkerPool(count)
                : count == 0 && isLarge ? WorkerPool.common() : WorkerPool.caller();
    }

    /** A pool with another number of threads, which must change nothing; null if a single thread was asked for. */
    WorkerPool otherPool() {
        return threads == 1 ? null : pool.threads() > 1 ? WorkerPool.caller() : OtherPool.POOL;
    }

    @Override
    public double[][] outputs(double[][] at) {
        return run(RunSetup.FORWARD, at, TapePass::outputValues);
    }

    @Override
    public double[][] gradients(double[][] at, double[][] cotangents) {
        return gradients(RunSetup.BACKWARD, at, cotangents);
    }

    double[][] gradients(RunSetup setup, double[][] at, double[][] cotangents) {
        return run(setup, at, pass -> backward(pass, cotangents));
    }

    /** Runs backward from some cotangents, and gives the gradients of all variables, 0 where elements are left out. */
    double[][] backward(TapePass pass, double[][] cotangents) {
        clearGradients();
        pass.backward(cotangents, new double[inputs.size()][]);
        return mask.zeroed(gradients(pass));
    }

    /** Kernels take sums below 1e-30 for 0; what is left of the path to the input may be larger than 1. */
    @Override
    public double flushed() {
        return 1e-25;
    }

    /** Larger numbers are not multiplied: they, or what they are made of, might overflow. */
    double mostToScale() {
        return type == ElementType.F64 ? 0x1p1000 : 0x1p110;
    }

    @Override
    public List<Fault> faults(RandomGenerator random) {
        finder = new TapeFaultFinder(this, random, nondeterminism);
        return finder.check();
    }

    @Override
    public List<Fault> laterFaults() {
        return finder.checkLater();
    }

    @Override
    public void configure(double equalRuns, Coverage looked) {
        nondeterminism = equalRuns;
        coverage = looked;
    }

    @Override
    public void leaveOut(Mask left) {
        mask = left;
    }

    Mask mask() {
        return mask;
    }

    @Override
    public boolean isChecked(int variable, int element) {
        return true;
    }

    /** Runs forward and gives the run to an action; its memory is released afterwards. */
    public <T> T run(boolean recording, double[][] at, IntPredicate varies, Function<TapePass, T> action) {
        return run((recording ? RunSetup.BACKWARD : RunSetup.FORWARD).varying(varies), at, action);
    }

    <T> T run(RunSetup setup, double[][] at, Function<TapePass, T> action) {
        setParameters(at);
        runs++;
        WorkerPool its = setup.pool() == null ? pool : setup.pool();
        try (var _ = workspace.scope("a run")) {
            Tape tape = setup.recording()
                    ? Tape.recording(workspace, type, its)
                    : Tape.inference(workspace, type, its);
            TapePass pass = new TapePass(workspace, type, tape, function, place(tape, at, setup), coverage);
            coverage.addRun(type, its.threads(), setup.gaps() != Gaps.NONE);
            checkShapes(pass);
            return action.apply(pass);
        }
    }

    private PlacedInput[] place(Tape tape, double[][] at, RunSetup setup) {
        PlacedInput[] placed = new PlacedInput[inputs.size()];
        for (int i = 0; i < placed.length; i++) {
            placed[i] = setup.same() != null && setup.same().second() == i
                    ? placed[setup.same().first()]
                    : place(tape, at, setup, i);
        }
        return placed;
    }

    private PlacedInput place(Tape tape, double[][] at, RunSetup setup, int i) {
        int variable = inputOfVariable.indexOf(i);
        double[] value = variable < 0 ? values[i] : at[variable];
        Input input = inputs.get(i);
        long[] shape = input.shape();
        ElementType its = input.type().isFloating() ? type : input.type();
        boolean varying = variable >= 0 && setup.varies().test(i);
        Gaps.Margins margins = setup.gaps().of(i, Math.toIntExact(shape[shape.length - 1]));
        return margins == null
                ? PlacedInput.plain(tape, workspace, its, shape, value, varying)
                : PlacedInput.strided(tape, workspace, its, shape, value, varying, margins);
    }

    private void checkShapes(TapePass pass) {
        if (outputShapes == null) {
            outputShapes = pass.outputShapes();
        } else if (!pass.hasShapes(outputShapes)) {
            throw new FaultException(Fault.Kind.RETURNS_ANOTHER_SHAPE, "the function returned " + outputShapes
                    + ", and then " + pass.outputShapes() + "; it must return the same shapes every time");
        }
    }

    /** The gradients of all variables, those that are left out too, zeros where nothing flowed. */
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

    /** How often the function was called. */
    int runs() {
        return runs;
    }

    ElementType type() {
        return type;
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
            double[] values = at[s];
            parameter(s).write(own -> TapePass.write(own, values));
        }
    }

    /**
     * Fills free memory with NaN, so that what a run reads before it was written cannot look right by luck. Takes no
     * memory more than runs took.
     */
    void spoilMemory() {
        long reserved = workspace.reservedBytes();
        long bytes = Math.clamp(reserved / PIECES & -Workspace.ALIGNMENT, Workspace.ALIGNMENT, LARGEST_PIECE);
        double[] spoiled = new double[(int) (bytes / Double.BYTES)];
        Arrays.fill(spoiled, Double.NaN);
        long pieces = reserved / bytes - (reserved > LITTLE ? LEFT_OUT : 0);
        try (var _ = workspace.scope("spoiling memory")) {
            for (long i = 0; i < pieces; i++) {
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
        pool.close();
        workspace.close();
    }
}
