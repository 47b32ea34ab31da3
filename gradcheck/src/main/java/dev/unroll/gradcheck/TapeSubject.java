package dev.unroll.gradcheck;

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
final class TapeSubject implements Subject {
    /** Bytes that are filled at a time when memory is spoilt. */
    private static final long PIECE = 1 << 10;

    private final TapeFunction function;
    private final List<Input> inputs;
    private final double[][] values;
    private final Parameters parameters;
    private final double[] oldGradients;
    private final ElementType type;
    private final Workspace workspace = new Workspace("gradcheck");
    private final List<Site> sites = new ArrayList<>();
    private final List<Integer> inputOfSite = new ArrayList<>();
    private final double[][] point;
    private List<Site> outputSites;

    /**
     * A subject.
     *
     * @param function to be checked
     * @param inputs what it takes
     * @param values of each input
     * @param parameters that it uses, with their memory allocated; without any if it uses none
     * @param type of the computation
     */
    TapeSubject(
            TapeFunction function, List<Input> inputs, double[][] values, Parameters parameters, ElementType type) {
        this.function = function;
        this.inputs = inputs;
        this.values = values;
        this.parameters = parameters;
        this.type = type;
        List<double[]> at = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i).isDifferentiable()) {
                sites.add(new Site("input " + i, inputs.get(i).shape()));
                inputOfSite.add(i);
                at.add(values[i]);
            }
        }
        for (Parameter parameter : parameters.list()) {
            sites.add(new Site("parameter " + parameter.name(), parameter.shape()));
            at.add(TapePass.read(parameter.value()));
        }
        point = at.toArray(double[][]::new);
        oldGradients = parameters.list().isEmpty() ? null : TapePass.read(parameters.gradients());
    }

    @Override
    public List<Site> sites() {
        return sites;
    }

    @Override
    public double[][] point() {
        return point;
    }

    @Override
    public List<Site> outputSites() {
        return outputSites;
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
        return new TapeConditions(this, random).check();
    }

    /** Runs forward and gives the run to an action; its memory is released afterwards. */
    <T> T run(boolean recording, double[][] at, IntPredicate varies, Function<TapePass, T> action) {
        return run(recording, at, varies, false, action);
    }

    /** The same with inputs that are columns of wider matrices. */
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
            TapePass pass = new TapePass(workspace, type, tape, function, place(tape, at, varies, strided));
            checkShapes(pass.outputSites());
            return action.apply(pass);
        }
    }

    private PlacedInput[] place(Tape tape, double[][] at, IntPredicate varies, boolean strided) {
        PlacedInput[] placed = new PlacedInput[inputs.size()];
        for (int i = 0; i < placed.length; i++) {
            int site = inputOfSite.indexOf(i);
            double[] value = site < 0 ? values[i] : at[site];
            Input input = inputs.get(i);
            ElementType its = input.type().isFloating() ? type : input.type();
            boolean varying = site >= 0 && varies.test(i);
            placed[i] = strided && input.shape().length == 2
                    ? PlacedInput.strided(tape, workspace, its, input.shape(), value, varying)
                    : PlacedInput.plain(tape, workspace, its, input.shape(), value, varying);
        }
        return placed;
    }

    private void checkShapes(List<Site> now) {
        if (outputSites == null) {
            outputSites = now;
        }
        boolean same = now.size() == outputSites.size();
        for (int o = 0; same && o < now.size(); o++) {
            same = Arrays.equals(now.get(o).shape(), outputSites.get(o).shape());
        }
        if (!same) {
            throw new FaultException(Fault.Kind.RETURNS_ANOTHER_SHAPE, "the function returned " + outputSites
                    + ", and then " + now + "; it must return the same shapes every time");
        }
    }

    /** The gradients of all sites, zeros where nothing flowed. */
    double[][] gradients(TapePass pass) {
        double[][] gradients = new double[sites.size()][];
        for (int s = 0; s < gradients.length; s++) {
            gradients[s] = s < inputOfSite.size()
                    ? pass.gradient(inputOfSite.get(s))
                    : TapePass.read(parameter(s).gradient());
            if (gradients[s] == null) {
                gradients[s] = new double[sites.get(s).size()];
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

    /** Which input a site is, or -1 for a parameter. */
    int inputOf(int site) {
        return site < inputOfSite.size() ? inputOfSite.get(site) : -1;
    }

    double[] parameterValues(int site) {
        return TapePass.read(parameter(site).value());
    }

    void setGradient(int site, double[] gradient) {
        TapePass.write(parameter(site).gradient(), gradient);
    }

    void clearGradients() {
        if (oldGradients != null) {
            parameters.gradients().clear();
        }
    }

    private Parameter parameter(int site) {
        return parameters.list().get(site - inputOfSite.size());
    }

    private void setParameters(double[][] at) {
        for (int s = inputOfSite.size(); s < sites.size(); s++) {
            TapePass.write(parameter(s).value(), at[s]);
        }
        parameters.changed();
    }

    /** Fills free memory with NaN, so that what a run reads before it was written cannot look right by luck. */
    void spoilMemory() {
        try (var _ = workspace.scope("spoiling memory")) {
            double[] spoilt = new double[(int) (PIECE / Double.BYTES)];
            Arrays.fill(spoilt, Double.NaN);
            for (long bytes = PIECE; bytes <= workspace.reservedBytes(); bytes += PIECE) {
                workspace.allocate(ElementType.F64, spoilt.length).copyFrom(spoilt);
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
