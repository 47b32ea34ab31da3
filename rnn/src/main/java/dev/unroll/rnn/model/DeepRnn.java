package dev.unroll.rnn.model;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.RepeatedTape;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.io.Json;
import dev.unroll.rnn.operator.BareOutput;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.LayerFactory;
import dev.unroll.rnn.operator.Network;
import dev.unroll.rnn.operator.PredictFactory;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.operator.State;
import dev.unroll.rnn.spec.CustomOutput;
import dev.unroll.rnn.spec.Kinds;
import dev.unroll.rnn.spec.LayerDescription;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.spec.OutputDescription;
import dev.unroll.rnn.spec.OutputLayer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A deep recurrent network: layers, each reading the outputs of the one below, and a linear map from the top one to the
 * outputs.
 *
 * <p>It owns its memory: a workspace of its parameters, and one of the step that is running. One thread may use it at a
 * time, and another one is refused meanwhile; the work of every step is shared over its pool.
 */
public final class DeepRnn implements AutoCloseable {
    private final int inputs;
    private final int outputs;
    private final List<LayerFactory> factories;
    private final PredictFactory ownPredict;
    private final OutputDescription output;
    private final ElementType type;
    private final WorkerPool pool;
    private final Parameters parameters;
    private final Network network;
    private final Workspace memory;
    private final Workspace passes;
    private final RepeatedTape training;
    private Tape trainingTape;
    private Map<String, Object> metadata = Map.of();
    private volatile boolean isClosed;

    DeepRnn(NetworkBuilder builder) {
        inputs = builder.inputs();
        outputs = builder.outputs();
        factories = builder.layers();
        ownPredict = builder.ownPredictOrNull();
        output = builder.output();
        type = builder.type();
        pool = builder.pool();
        parameters = new Parameters(builder.initialization());
        network = ownPredict == null
                ? Network.declare(parameters, inputs, factories, output == OutputLayer.TIED, outputs)
                : Network.declare(parameters, inputs, factories, ownPredict, outputs);
        memory = builder.workspace("model");
        passes = builder.workspace("step");
        training = new RepeatedTape(passes, type, pool);
        try {
            parameters.allocate(memory, type, Randoms.of(builder.seed()));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Runs some steps on a tape of the caller's, and predicts at every step. To run without one see {@link #predict}, and
     * {@link #inference} and {@link #recording} for a pass on a tape of the network's own.
     *
     * @param tape to compute on
     * @param x {@code [steps * batch, inputs]} or ids {@code [steps * batch]}
     * @param layout of the rows
     * @param initial the state of every layer before the first step
     * @return the predictions and the state of every layer after the last step
     * @throws IllegalArgumentException if an input is not finite; padding may be anything
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public Network.Output forward(Tape tape, Variable x, SequenceLayout layout, List<State> initial) {
        return forward(tape, x, layout, Readout.EVERY_STEP, initial);
    }

    /**
     * Runs some steps on a tape of the caller's.
     *
     * @param tape to compute on
     * @param x {@code [steps * batch, inputs]} or ids {@code [steps * batch]}
     * @param layout of the rows
     * @param readout what to predict from
     * @param initial the state of every layer before the first step
     * @return the predictions and the state of every layer after the last step
     * @throws IllegalArgumentException if an input is not finite; padding may be anything
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public Network.Output forward(Tape tape, Variable x, SequenceLayout layout, Readout readout, List<State> initial) {
        Nulls.require("DeepRnn.forward", "tape", tape);
        Nulls.require("DeepRnn.forward", "x", x);
        Nulls.require("DeepRnn.forward", "layout", layout);
        Nulls.require("DeepRnn.forward", "readout", readout);
        Nulls.require("DeepRnn.forward", "initial", initial);
        if (x.value().type().isFloating() && x.value().columns() != inputs) {
            throw new IllegalArgumentException("this network has inputs of " + inputs + " numbers, not of "
                    + x.value().columns() + "; give frames of " + inputs + " columns, or build a network of that size");
        }
        try (var _ = passes.hold("a run of steps");
                var _ = memory.share("a run of steps")) {
            return network.run(tape, x, layout, readout, initial);
        }
    }

    /**
     * Begins a pass that computes values only.
     *
     * @param work names the pass in messages, such as "a forecast"
     * @param state to begin with, of this network
     * @return to be closed by the same thread
     * @throws IllegalArgumentException if the state is another network's
     * @throws IllegalStateException if the network or the state is closed, or another thread uses it
     */
    public Pass inference(String work, CarriedState state) {
        requireUsable("DeepRnn.inference", work, state);
        return begin(memory.share(work), hold -> {
            Workspace.Hold scope = passes.scope(work, state.memory());
            return new Pass(this, state, hold, Tape.inference(passes, type, pool), scope::close, false);
        });
    }

    /**
     * Begins a pass that records for gradients.
     *
     * @param work names the pass in messages, such as "a training step"
     * @param state to begin with, of this network
     * @return to be closed by the same thread
     * @throws IllegalArgumentException if the state is another network's
     * @throws IllegalStateException if the network or the state is closed, another thread uses it, or its weights are kept
     *     as {@linkplain #toBfloat16 bfloat16}
     */
    public Pass recording(String work, CarriedState state) {
        requireUsable("DeepRnn.recording", work, state);
        parameters.requireTrainable(work);
        return begin(memory.hold(work), hold -> {
            if (training.isRunning()) { // a pass inside of another one
                Workspace.Hold scope = passes.scope(work, state.memory());
                return new Pass(this, state, hold, Tape.recording(passes, type, pool), scope::close, true);
            }
            trainingTape = training.begin(work, state.memory());
            return new Pass(this, state, hold, trainingTape, training::end, true);
        });
    }

    /**
     * Begins a pass over all steps of a batch in segments, for gradients through all of its time.
     *
     * @param work names the pass in messages, such as "a training step"
     * @param state to begin with, of this network
     * @param batch of the sequences of the state
     * @param steps of a segment, at least 1
     * @param recomputes whether to keep the states between segments alone, and to record each segment when its gradients
     *     are computed; otherwise all are recorded at once
     * @return to be closed by the same thread
     * @throws IllegalArgumentException if the state is another network's, the network looks ahead, or there are no steps
     * @throws IllegalStateException if the network or the state is closed, another thread uses it, or its weights are kept
     *     as {@linkplain #toBfloat16 bfloat16}
     */
    public SegmentedPass segmented(String work, CarriedState state, Batch batch, int steps, boolean recomputes) {
        requireUsable("DeepRnn.segmented", work, state);
        Nulls.require("DeepRnn.segmented", "batch", batch);
        if (steps < 1) {
            throw new IllegalArgumentException("a segment needs at least 1 step, not " + steps);
        }
        if (!isCausal()) {
            throw new IllegalArgumentException("this network looks ahead, as a bidirectional layer does: its sequences"
                    + " cannot be cut into segments; train it on whole sequences without segments");
        }
        state.requireBatch(batch.layout().batch());
        Workspace.Hold scope = passes.scope(work, state.memory());
        try {
            return new SegmentedPass(this, work, state, batch, steps, recomputes, scope);
        } catch (Throwable e) {
            scope.close();
            throw e;
        }
    }

    /** Memory of the pass that is open. */
    Tensor allocate(long rows, long columns) {
        return passes.allocate(type, rows, columns);
    }

    List<List<Integer>> stateSizes() {
        return network.layers().stream().map(Layer::stateSizes).toList();
    }

    /** Announces the sequences of a pass that records on a tape. */
    void expect(Tape tape, SequenceLayout layout) {
        if (tape == trainingTape) {
            training.expect(layout);
        }
    }

    private void requireUsable(String call, String work, CarriedState state) {
        Nulls.require(call, "work", work);
        Nulls.require(call, "state", state);
        requireOpen();
        requireOwn(state);
    }

    void requireOwn(CarriedState state) {
        if (!state.isOf(network.layers())) {
            throw new IllegalArgumentException("the state is another network's; take one from newState of this one");
        }
    }

    private static Pass begin(Workspace.Hold parameterHold, Function<Workspace.Hold, Pass> pass) {
        try {
            return pass.apply(parameterHold);
        } catch (Throwable e) {
            parameterHold.close();
            throw e;
        }
    }

    /**
     * Reserves the network for this thread: until the result is closed the network cannot be, and other threads are refused.
     * Reservations of one thread may be nested.
     *
     * @param work names the work in messages, such as "a training"
     * @return to be closed by the same thread
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public Workspace.Hold reserve(String work) {
        Nulls.require("DeepRnn.reserve", "work", work);
        requireOpen();
        return passes.hold(work, memory);
    }

    /**
     * Predicts from a batch of new sequences; its targets are not read.
     *
     * @param batch of sequences, which may be shorter than the batch
     * @param readout what to predict from
     * @return logits, of the type of the network: for {@link Readout#EVERY_STEP} a row per row of the inputs, otherwise row b
     *     of sequence b; rows of padding have no meaning
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public Frames predict(Batch batch, Readout readout) {
        Nulls.require("DeepRnn.predict", "batch", batch);
        Nulls.require("DeepRnn.predict", "readout", readout);
        return predict(batch.inputs(), batch.layout(), readout);
    }

    /**
     * Predicts from new sequences.
     *
     * @param inputs {@code steps * batch} rows
     * @param layout of the rows
     * @param readout what to predict from
     * @return logits, as of a batch
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public Frames predict(Values inputs, SequenceLayout layout, Readout readout) {
        Nulls.require("DeepRnn.predict", "inputs", inputs);
        Nulls.require("DeepRnn.predict", "layout", layout);
        Nulls.require("DeepRnn.predict", "readout", readout);
        try (CarriedState state = newState(layout.batch())) {
            return predict(state, inputs, layout, readout);
        }
    }

    /**
     * Returns the states of all layers on new sequences: after every step, and at the end. Nothing is predicted from them.
     *
     * @param inputs {@code steps * batch} rows
     * @param layout of the rows
     * @return the states of each layer, from the input to the output, of the type of the network
     * @throws IllegalArgumentException if the inputs do not fit the network or the layout, or one is not finite
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public List<LayerStates> states(Values inputs, SequenceLayout layout) {
        Nulls.require("DeepRnn.states", "inputs", inputs);
        Nulls.require("DeepRnn.states", "layout", layout);
        try (CarriedState state = newState(layout.batch());
                Pass pass = inference("a run for states", state)) {
            pass.run(inputs, layout, Readout.EVERY_STEP);
            return pass.states();
        }
    }

    /**
     * Predicts from the next steps of sequences, as they come: begins where the call before ended, and keeps the state that
     * it ends with. In one call or in many, the predictions have the same bits.
     *
     * @param state of the sequences
     * @param inputs a row per sequence, of one or more steps
     * @return logits, a row per row of the inputs
     * @throws IllegalArgumentException if the inputs are no whole steps or not finite, the state is another network's, or
     *     the network looks ahead; the state stays as it was
     * @throws IllegalStateException if the network or the state is closed, or another thread uses one of them
     */
    public Frames predict(CarriedState state, Values inputs) {
        Nulls.require("DeepRnn.predict", "state", state);
        Nulls.require("DeepRnn.predict", "inputs", inputs);
        requireCausal();
        state.requireBatch(Math.max(1, state.batch())); // refuses a state of no sequences
        int steps = inputs.count() / state.batch();
        if (steps == 0 || inputs.count() % state.batch() != 0) {
            throw new IllegalArgumentException(
                    "a state of " + state.batch() + " sequences needs " + state.batch()
                            + " inputs per step, and at least"
                            + " one step, not " + inputs.count() + " inputs");
        }
        return predict(state, inputs, SequenceLayout.of(steps, state.batch()), Readout.EVERY_STEP);
    }

    private Frames predict(CarriedState state, Values inputs, SequenceLayout layout, Readout readout) {
        try (Pass pass = inference("a prediction", state)) {
            Tensor logits = pass.run(inputs, layout, readout).value();
            pass.keep();
            return Frames.copyOf(logits);
        }
    }

    /** {@return whether no layer looks ahead, so that steps can run as they come; see {@link Layer#isCausal}} */
    public boolean isCausal() {
        return network.layers().stream().allMatch(Layer::isCausal);
    }

    void requireCausal() {
        if (!isCausal()) {
            throw new IllegalArgumentException(
                    "this network looks ahead, as a bidirectional layer does: it cannot run step by step, nor predict the"
                            + " inputs that follow, which it sees; use a network without such layers, or give it whole"
                            + " sequences and targets that are not its inputs");
        }
    }

    /**
     * Returns a state for a number of sequences, which carries them from one pass to the next.
     *
     * @param batch number of sequences
     * @return a state to be closed
     * @throws IllegalStateException if the network is closed
     */
    public CarriedState newState(int batch) {
        requireOpen();
        return new CarriedState(network.layers(), type, batch);
    }

    /**
     * Returns a state that takes its number of sequences from the batches that {@linkplain CarriedState#begin begin}.
     *
     * @return a state to be closed
     * @throws IllegalStateException if the network is closed
     */
    public CarriedState newState() {
        requireOpen();
        return new CarriedState(network.layers(), type);
    }

    /**
     * Returns a builder of a session, which runs sequences step by step beside other sessions, each in its own thread.
     *
     * @return for one thread
     */
    public SessionBuilder session() {
        return new SessionBuilder(this, network);
    }

    /**
     * Reserves the network for work that only reads it: until the result is closed nobody can train, change or close it, and
     * other threads are refused passes of it. Sessions go on meanwhile.
     *
     * @param work names the work in messages, such as "an evaluation"
     * @return to be closed by the same thread
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public Workspace.Hold read(String work) {
        Nulls.require("DeepRnn.read", "work", work);
        requireOpen();
        return passes.scopeToRead(work, memory);
    }

    /** Shares the parameters with others that read them too: sessions, and passes that compute values only. */
    Workspace.Hold share(String work) {
        requireOpen();
        return memory.share(work);
    }

    Workspace.Hold shareForSession() {
        if (memory.isHeld()) {
            throw new IllegalStateException(
                    "a session cannot be opened while its network is trained or changed; open it"
                            + " after that");
        }
        return share("a session");
    }

    /** {@return the columns of an input, or the number of ids} */
    public int inputs() {
        return inputs;
    }

    /** {@return the columns of the logits} */
    public int outputs() {
        return outputs;
    }

    /**
     * Returns the description of the network.
     *
     * @return from which {@link NetworkBuilder#of(ModelSpec)} builds the same network
     * @throws IllegalStateException if a layer or the output layer is user-defined and has no name in {@link Kinds}
     */
    public ModelSpec spec() {
        List<LayerDescription> described = new ArrayList<>();
        for (LayerFactory factory : factories) {
            if (!(factory instanceof LayerDescription layer)) {
                throw new IllegalStateException("layer " + described.size() + " of this network is user-defined and has"
                        + " no name, so that nothing can describe or save it; name its factory by Kinds.withLayer, and"
                        + " take the layer from Kinds.layer");
            }
            described.add(layer);
        }
        return new ModelSpec(inputs, described, describedOutput(), outputs);
    }

    private OutputDescription describedOutput() {
        return switch (ownPredict) {
            case null -> output;
            case BareOutput _ -> OutputLayer.BARE;
            case CustomOutput custom -> custom;
            default -> throw new IllegalStateException("the map to the outputs of this network is user-defined and has"
                    + " no name, so that nothing can describe or save it; name its factory by Kinds.withOutput, and"
                    + " take the map from Kinds.output");
        };
    }

    /** {@return all parameters, in one slab} */
    public Parameters parameters() {
        return parameters;
    }

    /**
     * Keeps the weights as bfloat16, for inference: a step at batch 1, which waits for the weights to be read, takes down to
     * half the time where they exceed the second-level cache, and {@link #save} writes half the file. All matrices are
     * rounded; the arithmetic stays F32. Predictions are exactly those of an F32 network with the rounded weights, so that
     * they differ from those before by the rounding of the weights alone, of 2^-8 of a weight at most.
     *
     * <p>There is no way back: the network can no longer be trained or changed. See {@link Parameters#toBfloat16}, and
     * {@link Parameters#isBfloat16} for what a loaded network is.
     *
     * @return this
     * @throws ArithmeticException if a weight is not finite, or beyond the range of bfloat16; nothing has changed
     * @throws IllegalStateException if the network is closed, is of F64, or a session is open or other work uses it
     */
    public DeepRnn toBfloat16() {
        requireOpen();
        parameters.toBfloat16();
        return this;
    }

    /** {@return the type of all numbers, F32 or F64} */
    public ElementType type() {
        return type;
    }

    /** {@return the threads that the network was built to work on} */
    public WorkerPool pool() {
        return pool;
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException(
                    "this network is closed; build or load it again, and close it after its work");
        }
    }

    /**
     * Returns facts that are saved with the network, such as the scale of inputs or the names of classes.
     *
     * @return an unmodifiable map of JSON values, empty at first
     */
    public Map<String, Object> metadata() {
        return metadata;
    }

    /**
     * Replaces the facts that are saved with the network.
     *
     * @param facts strings, numbers, booleans, lists and maps with string keys, by name; copied
     * @throws IllegalArgumentException if one is no JSON value, such as a number that is not finite
     */
    public void metadata(Map<String, ?> facts) {
        Nulls.require("DeepRnn.metadata", "facts", facts);
        metadata = Json.copy(facts);
    }

    /**
     * Saves the network in a folder, as {@code model.safetensors} and {@code model.json}; a model that is there is replaced
     * when the new one is complete, and what else is there is left alone. Weights that are kept as
     * {@linkplain #toBfloat16 bfloat16} are saved and loaded as such.
     *
     * @param folder where; it and its parents are made if they are not there
     * @throws IOException if writing fails, or something other than a saved network is in the way; a model that was there
     *     is there still
     * @throws IllegalStateException if a layer or the output layer has no name in {@link Kinds}
     * @throws ArithmeticException if a parameter is not finite
     */
    public void save(Path folder) throws IOException {
        Nulls.require("DeepRnn.save", "folder", folder);
        SavedModel.write(this, folder);
    }

    /**
     * Refuses early what {@link #save} would refuse in the end, perhaps after hours of training: it makes the folder and
     * does all that saving does, under another name.
     *
     * @param folder where the network is to be saved
     * @throws IOException if it cannot be saved there, the disk has no room for it, or there are other files but no model
     * @throws IllegalStateException if a layer or the output layer has no name in {@link Kinds}
     */
    public void requireSavable(Path folder) throws IOException {
        SavedModel.rehearse(this, folder);
    }

    /**
     * Loads a saved network.
     *
     * @param folder that {@link #save} or {@link LanguageModel#save} wrote
     * @param pool the threads to run on
     * @return a network to be closed
     * @throws IOException if the folder or a file is missing or damaged
     * @throws dev.unroll.rnn.spec.MissingKindException if a layer is user-defined
     */
    public static DeepRnn load(Path folder, WorkerPool pool) throws IOException {
        return load(folder, pool, Kinds.builtIn());
    }

    /**
     * Loads a saved network that may have user-defined layers and a user-defined output map.
     *
     * @param folder that {@link #save} or {@link LanguageModel#save} wrote
     * @param pool the threads to run on
     * @param kinds with the factories of all that is user-defined in it
     * @return a network to be closed
     * @throws IOException if the folder or a file is missing or damaged, or a factory makes other parameters than those
     *     that were saved
     * @throws dev.unroll.rnn.spec.MissingKindException if a user-defined kind of the network is not there; the message
     *     names it
     */
    public static DeepRnn load(Path folder, WorkerPool pool, Kinds kinds) throws IOException {
        Nulls.require("DeepRnn.load", "folder", folder);
        Nulls.require("DeepRnn.load", "pool", pool);
        Nulls.require("DeepRnn.load", "kinds", kinds);
        return SavedModel.readNetwork(folder, pool, kinds);
    }

    /**
     * Returns its memory.
     *
     * @throws IllegalStateException if some work holds it, on this thread or another; nothing is closed then
     */
    @Override
    public void close() {
        memory.close(); // refused while somebody holds the network: whoever works on it holds its parameters
        isClosed = true;
        passes.close();
    }
}
