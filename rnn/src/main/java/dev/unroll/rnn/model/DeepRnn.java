package dev.unroll.rnn.model;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.init.Initialization;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.io.Json;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.operator.State;
import dev.unroll.rnn.operator.Steps;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

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
    private final boolean tied;
    private final ElementType type;
    private final WorkerPool pool;
    private final Parameters parameters;
    private final Network network;
    private final Workspace memory;
    private final Workspace steps;
    private Map<String, Object> metadata = Map.of();
    private volatile boolean isClosed;

    private DeepRnn(Builder builder) {
        inputs = builder.inputs;
        outputs = builder.outputs;
        factories = builder.layers;
        ownPredict = builder.ownPredict;
        tied = builder.tied;
        type = builder.type;
        pool = builder.pool;
        parameters = new Parameters(builder.initialization);
        network = Network.declare(parameters, inputs, factories, ownPredict, tied, outputs);
        memory = builder.workspace("model");
        steps = builder.workspace("step");
        try {
            parameters.allocate(memory, type, Randoms.of(builder.seed));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * A stack of LSTM layers.
     *
     * @param inputs size of an input, or how many ids there are
     * @param hidden size of every layer
     * @param layers how many
     * @return what else may be chosen
     */
    public static Builder lstm(int inputs, int hidden, int layers) {
        return stack(LayerKind.LSTM, inputs, hidden, layers);
    }

    /**
     * A stack of GRU layers.
     *
     * @param inputs size of an input, or how many ids there are
     * @param hidden size of every layer
     * @param layers how many
     * @return what else may be chosen
     */
    public static Builder gru(int inputs, int hidden, int layers) {
        return stack(LayerKind.GRU, inputs, hidden, layers);
    }

    /**
     * A stack of simple recurrent layers with tanh: of more than one layer the sRNN.
     *
     * @param inputs size of an input, or how many ids there are
     * @param hidden size of every layer
     * @param layers how many
     * @return what else may be chosen
     */
    public static Builder rnn(int inputs, int hidden, int layers) {
        return stack(LayerKind.RNN, inputs, hidden, layers);
    }

    private static Builder stack(LayerKind kind, int inputs, int hidden, int layers) {
        return of(ModelSpec.of(inputs, Collections.nCopies(layers, LayerSpec.of(kind, hidden)), inputs));
    }

    /**
     * The network of a description as a text, such as {@code dots:400,400,400}.
     *
     * @param text what {@link ModelSpec#parse} reads
     * @param inputs size of an input, or how many ids there are; of an output too
     * @return what else may be chosen
     */
    public static Builder of(String text, int inputs) {
        return of(ModelSpec.parse(text, inputs, inputs));
    }

    /**
     * The network of a description.
     *
     * @param spec the description
     * @return what else may be chosen
     */
    public static Builder of(ModelSpec spec) {
        return new Builder(spec.inputs(), List.copyOf(spec.layers()), spec.tied(), spec.outputs());
    }

    /**
     * A network of layers, which may be a user's own.
     *
     * @param inputs size of an input, or how many ids there are; without {@link Builder#withOutput} of an output too
     * @param layers from the input to the output
     * @return what else may be chosen
     */
    public static Builder of(int inputs, LayerFactory... layers) {
        return new Builder(inputs, List.of(layers), false, inputs);
    }

    /** What may be chosen of a network before it is built. */
    public static final class Builder {
        private final int inputs;
        private final List<LayerFactory> layers;
        private final boolean tied;
        private int outputs;
        private PredictFactory ownPredict;
        private ElementType type = ElementType.F32;
        private WorkerPool pool = WorkerPool.common();
        private long seed;
        private Initialization initialization = Initialization.USUAL;
        private Long memoryLimit;

        private Builder(int inputs, List<LayerFactory> layers, boolean tied, int outputs) {
            this.inputs = inputs;
            this.layers = layers;
            this.tied = tied;
            withOutput(outputs);
        }

        /**
         * The size of the prediction; without this call that of the input.
         *
         * @param outputs size
         * @return this
         */
        public Builder withOutput(int outputs) {
            ModelSpec.check("outputs", outputs, ModelSpec.MAX_SIZE);
            this.outputs = outputs;
            return this;
        }

        /**
         * The size of the prediction, and a map to it of one's own; without this call it is linear. A network with such a
         * map has no {@link DeepRnn#spec() description}.
         *
         * @param outputs size
         * @param predict makes the map
         * @return this
         */
        public Builder withOutput(int outputs, PredictFactory predict) {
            if (tied) {
                throw new IllegalArgumentException(
                        "the output of this network is tied to its embedding; leave tied out to"
                                + " give it a map of your own");
            }
            ownPredict = predict;
            return withOutput(outputs);
        }

        /**
         * The type of all numbers; without this call F32.
         *
         * @param type F32 or F64
         * @return this
         */
        public Builder type(ElementType type) {
            this.type = type;
            return this;
        }

        /**
         * The seed of the first values; without this call 0.
         *
         * @param seed any
         * @return this
         */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * How parameters get their first values; without this call every layer chooses for itself.
         *
         * @param initialization is asked for every matrix and every bias
         * @return this
         */
        public Builder initialization(Initialization initialization) {
            this.initialization = initialization;
            return this;
        }

        /**
         * The threads to work on; without this call {@link WorkerPool#common()}. It changes no bit of a result.
         *
         * @param pool stays the caller's to close
         * @return this
         */
        public Builder pool(WorkerPool pool) {
            this.pool = pool;
            return this;
        }

        /**
         * The most memory that parameters, and that a step, may take; without this call what
         * {@link Workspace#defaultLimit()} leaves.
         *
         * @param bytes each
         * @return this
         */
        public Builder memoryLimit(long bytes) {
            memoryLimit = bytes;
            return this;
        }

        private Workspace workspace(String name) {
            return memoryLimit == null ? new Workspace(name) : new Workspace(name, memoryLimit);
        }

        /**
         * Builds the network.
         *
         * @return a network to be closed
         * @throws IllegalStateException if the memory limit is too small
         */
        public DeepRnn build() {
            return new DeepRnn(this);
        }
    }

    /**
     * Runs some steps.
     *
     * @param tape to compute on
     * @param x {@code [steps * batch, inputs]} or ids {@code [steps * batch]}, step by step
     * @param steps how many, of how many sequences
     * @param initial the state of every layer before the first step
     * @return the prediction of every step and the state of every layer after the last
     * @throws IllegalArgumentException if a number of x that is data is not finite; padding may be anything
     */
    public Output run(Tape tape, Variable x, Steps steps, List<State> initial) {
        return run(tape, x, steps, Readout.EVERY_STEP, initial);
    }

    /**
     * Runs some steps and predicts from some of the outputs.
     *
     * @param tape to compute on
     * @param x {@code [steps * batch, inputs]} or ids {@code [steps * batch]}, step by step
     * @param steps how many, of how many sequences
     * @param readout from which outputs
     * @param initial the state of every layer before the first step
     * @return the predictions and the state of every layer after the last step
     * @throws IllegalStateException if the network is closed or another thread uses it
     * @throws IllegalArgumentException if a number of x that is data is not finite; padding may be anything
     */
    public Output run(Tape tape, Variable x, Steps steps, Readout readout, List<State> initial) {
        if (x.value().type().isFloating() && x.value().columns() != inputs) {
            throw new IllegalArgumentException("this network has inputs of " + inputs + " numbers, not of "
                    + x.value().columns() + "; give frames of " + inputs + " columns, or build a network of that size");
        }
        try (var _ = this.steps.hold("a run of steps");
                var _ = memory.hold("a run of steps")) {
            return network.run(tape, x, steps, readout, initial);
        }
    }

    /**
     * The predictions of a batch whose sequences are new ones; its targets are not looked at.
     *
     * @param batch of sequences, which may be shorter than the batch
     * @param readout from which outputs
     * @return logits, for {@link Readout#EVERY_STEP} row {@code t * size + b} of step t of sequence b, otherwise row b of
     *     sequence b; rows of padding have no meaning
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public float[][] predict(Batch batch, Readout readout) {
        return predict(batch.inputs(), batch.layout(), readout);
    }

    /**
     * The predictions of new sequences.
     *
     * @param inputs {@code steps * batch} rows, step by step
     * @param layout how many steps of how many sequences
     * @param readout from which outputs
     * @return logits, as of a batch
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public float[][] predict(Values inputs, Steps layout, Readout readout) {
        try (CarriedState state = newState(layout.batch())) {
            return predict(inputs, layout, readout, state);
        }
    }

    /**
     * The predictions of some more steps, as they come: what was kept in the state by the call before is where they begin,
     * and what they end with is kept. In one call or in many, the predictions have the same bits.
     *
     * @param state of as many sequences as have a row in every step
     * @param inputs rows of one or more steps, step by step
     * @return logits, a row for each row of the inputs
     * @throws IllegalArgumentException if the inputs are no whole steps or not finite, the state is another network's, or
     *     the network looks ahead; the state stays as it was
     * @throws IllegalStateException if the network or the state is closed, or another thread uses one of them
     */
    public float[][] predict(CarriedState state, Values inputs) {
        requireCausal();
        int steps = inputs.count() / state.batch();
        if (steps == 0 || inputs.count() % state.batch() != 0) {
            throw new IllegalArgumentException(
                    "a state of " + state.batch() + " sequences needs " + state.batch()
                            + " inputs per step, and at least"
                            + " one step, not " + inputs.count() + " inputs");
        }
        return predict(inputs, Steps.of(steps, state.batch()), Readout.EVERY_STEP, state);
    }

    /**
     * Whether no layer looks ahead, see {@link Layer#isCausal()}.
     *
     * @return true if its steps can run as they come
     */
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

    private float[][] predict(Values inputs, Steps layout, Readout readout, CarriedState state) {
        if (!state.isOf(network.layers())) {
            throw new IllegalArgumentException("the state is another network's; take one from newState of this one");
        }
        try (var _ = hold("a prediction", state)) {
            Tape tape = Tape.inference(steps, type, pool);
            Output output = run(tape, inputs.on(tape), layout, readout, state.on(tape));
            state.keep(output.last());
            Tensor logits = output.logits().value();
            float[][] rows = new float[(int) logits.rows()][];
            Arrays.setAll(rows, i -> floats(logits.rows(i, 1)));
            return rows;
        }
    }

    private static float[] floats(Tensor row) {
        if (row.type() == ElementType.F32) {
            return row.toFloats();
        }
        double[] doubles = row.toDoubles();
        float[] floats = new float[doubles.length];
        for (int j = 0; j < floats.length; j++) {
            floats[j] = (float) doubles[j];
        }
        return floats;
    }

    /**
     * What {@link DeepRnn#run} gives.
     *
     * @param logits {@code [steps * batch, outputs]}, one row a step, or {@code [batch, outputs]}, one a sequence
     * @param last the state of every layer
     */
    public record Output(Variable logits, List<State> last) {}

    /**
     * A place where states are kept from one run to the next; zeros at first.
     *
     * @param batch how many sequences
     * @return a state to be closed
     * @throws IllegalStateException if the network is closed
     */
    public CarriedState newState(int batch) {
        requireOpen();
        return new CarriedState(network.layers(), type, batch);
    }

    /**
     * The size of an input.
     *
     * @return columns, or how many ids there are
     */
    public int inputs() {
        return inputs;
    }

    /**
     * The size of an output.
     *
     * @return columns of the logits
     */
    public int outputs() {
        return outputs;
    }

    /**
     * The description.
     *
     * @return from which {@link #of(ModelSpec)} builds the same network
     * @throws IllegalStateException if a layer or the map to the outputs is a user's own, of which there is none
     */
    public ModelSpec spec() {
        if (ownPredict != null) {
            throw new IllegalStateException("the map to the outputs of this network is your own; only a network whose"
                    + " output is linear, or tied, has a description");
        }
        List<LayerSpec> described = new ArrayList<>();
        for (LayerFactory factory : factories) {
            if (!(factory instanceof LayerSpec layer)) {
                throw new IllegalStateException("layer " + described.size() + " of this network is your own; only a"
                        + " network of LayerSpec layers has a description");
            }
            described.add(layer);
        }
        return new ModelSpec(inputs, described, tied, outputs);
    }

    /**
     * What is learned.
     *
     * @return all parameters in one slab
     */
    public Parameters parameters() {
        return parameters;
    }

    /**
     * The type of all numbers.
     *
     * @return F32 or F64
     */
    public ElementType type() {
        return type;
    }

    /**
     * The threads it works on.
     *
     * @return the pool it was built with
     */
    public WorkerPool pool() {
        return pool;
    }

    /**
     * Holds the network for some work: until the hold is closed the network cannot be, nor can another thread use it, and
     * then everything that the work allocated in {@link #steps()} is released. Holds of one thread may be nested.
     *
     * @param holder what messages call the work, such as "a training step"
     * @return to be closed by the same code
     * @throws IllegalStateException if the network is closed or another thread uses it
     */
    public Workspace.Hold hold(String holder) {
        requireOpen();
        return steps.scope(holder, memory);
    }

    /**
     * Holds the network and a state that the work carries on.
     *
     * @param holder what messages call the work, such as "a training step"
     * @param state of this network
     * @return to be closed by the same code
     * @throws IllegalStateException if either is closed or another thread uses it
     */
    public Workspace.Hold hold(String holder, CarriedState state) {
        requireOpen();
        return steps.scope(holder, memory, state.memory());
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException(
                    "this network is closed; build or load it again, and close it after its work");
        }
    }

    /**
     * The workspace of the work that is running, under a {@link #hold}.
     *
     * @return the model's own
     */
    public Workspace steps() {
        return steps;
    }

    /**
     * Facts that are saved with the network and come back with it: what inputs were scaled by, the names of classes, where
     * the data came from.
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
        metadata = Json.copy(facts);
    }

    /**
     * Saves the network in a folder, as {@code model.safetensors} and {@code model.json}; a model that is there is replaced
     * when the new one is complete, and what else is there is left alone.
     *
     * @param folder where; it and its parents are made if they are not there
     * @throws IOException if writing fails, or something other than a saved network is in the way; a model that was there
     *     is there still
     * @throws IllegalStateException if a layer is a user's own, which no description names
     * @throws ArithmeticException if a parameter is not finite
     */
    public void save(Path folder) throws IOException {
        SavedModel.write(this, folder);
    }

    /**
     * Refuses early what {@link #save} would refuse in the end, perhaps after hours of training: it makes the folder and
     * does all that saving does, under another name.
     *
     * @param folder where the network is to be saved
     * @throws IOException if it cannot be saved there, the disk has no room for it, or there are other files but no model
     * @throws IllegalStateException if a layer is a user's own, which no description names
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
     */
    public static DeepRnn load(Path folder, WorkerPool pool) throws IOException {
        return SavedModel.readNetwork(folder, pool);
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
        steps.close();
    }
}
