package dev.unroll.rnn.model;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.init.Initialization;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.operator.BareOutput;
import dev.unroll.rnn.operator.LayerFactory;
import dev.unroll.rnn.operator.PredictFactory;
import dev.unroll.rnn.spec.CustomOutput;
import dev.unroll.rnn.spec.Kinds;
import dev.unroll.rnn.spec.LayerKind;
import dev.unroll.rnn.spec.LayerSpec;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.spec.OutputDescription;
import dev.unroll.rnn.spec.OutputLayer;
import java.util.Collections;
import java.util.List;

/**
 * Configures and builds a {@link DeepRnn}. For one thread.
 *
 * <pre>{@code
 * try (DeepRnn network = NetworkBuilder.of("gru:2x64", 28).seed(1).build()) {
 *     System.out.println(network.parameters().count() + " parameters");
 * }
 * }</pre>
 */
public final class NetworkBuilder {
    private final int inputs;
    private final List<LayerFactory> layers;
    private final OutputDescription output;
    private int outputs;
    private PredictFactory ownPredict;
    private ElementType type = ElementType.F32;
    private WorkerPool pool = WorkerPool.common();
    private long seed;
    private Initialization initialization = Initialization.USUAL;
    private Long memoryLimit;

    private NetworkBuilder(int inputs, List<LayerFactory> layers, OutputDescription output, int outputs) {
        this.inputs = inputs;
        this.layers = layers;
        this.output = output;
        outputs(outputs);
        ownPredict = output == OutputLayer.BARE
                ? new BareOutput()
                : output instanceof CustomOutput custom ? custom : null;
    }

    /**
     * Returns a builder of a stack of LSTM layers.
     *
     * @param inputs size of an input, or number of ids
     * @param hidden size of every layer
     * @param layers number of layers
     * @return a builder
     */
    public static NetworkBuilder lstm(int inputs, int hidden, int layers) {
        return stack(LayerKind.LSTM, inputs, hidden, layers);
    }

    /**
     * Returns a builder of a stack of GRU layers.
     *
     * @param inputs size of an input, or number of ids
     * @param hidden size of every layer
     * @param layers number of layers
     * @return a builder
     */
    public static NetworkBuilder gru(int inputs, int hidden, int layers) {
        return stack(LayerKind.GRU, inputs, hidden, layers);
    }

    /**
     * Returns a builder of a stack of simple recurrent layers with tanh; the sRNN if there is more than one.
     *
     * @param inputs size of an input, or number of ids
     * @param hidden size of every layer
     * @param layers number of layers
     * @return a builder
     */
    public static NetworkBuilder rnn(int inputs, int hidden, int layers) {
        return stack(LayerKind.RNN, inputs, hidden, layers);
    }

    private static NetworkBuilder stack(LayerKind kind, int inputs, int hidden, int layers) {
        return of(ModelSpec.of(inputs, Collections.nCopies(layers, LayerSpec.of(kind, hidden)), inputs));
    }

    /**
     * Returns a builder of the network that a text describes, such as {@code dots:400,400,400}.
     *
     * @param text as {@link ModelSpec#parse} reads it
     * @param inputs size of an input, or number of ids; also the size of an output
     * @return a builder
     */
    public static NetworkBuilder of(String text, int inputs) {
        Nulls.require("NetworkBuilder.of", "text", text);
        return of(ModelSpec.parse(text, inputs, inputs));
    }

    /**
     * Returns a builder of the network that a text describes, which may have user-defined layers and a user-defined output
     * map.
     *
     * @param text as {@link ModelSpec#parse(String, int, int, Kinds)} reads it, such as
     *     {@code embedding:32/acme.peephole:2x64}
     * @param inputs size of an input, or number of ids; also the size of an output
     * @param kinds that the text may name
     * @return a builder
     * @throws dev.unroll.rnn.spec.MissingKindException if the text names a user-defined kind that is not there
     */
    public static NetworkBuilder of(String text, int inputs, Kinds kinds) {
        Nulls.require("NetworkBuilder.of", "text", text);
        Nulls.require("NetworkBuilder.of", "kinds", kinds);
        return of(ModelSpec.parse(text, inputs, inputs, kinds));
    }

    /**
     * Returns a builder of the network of a description.
     *
     * @param spec the description
     * @return a builder
     */
    public static NetworkBuilder of(ModelSpec spec) {
        Nulls.require("NetworkBuilder.of", "spec", spec);
        return new NetworkBuilder(spec.inputs(), List.copyOf(spec.layers()), spec.output(), spec.outputs());
    }

    /**
     * Returns a builder of a network of any layers, user-defined ones included. It can be saved if every layer is a
     * {@link LayerSpec} or comes from {@link Kinds#layer}.
     *
     * @param inputs size of an input, or number of ids; without {@link #outputs} also the size of an output
     * @param layers from the input to the output
     * @return a builder
     */
    public static NetworkBuilder of(int inputs, LayerFactory... layers) {
        Nulls.requireAll("NetworkBuilder.of", "layers", layers);
        return new NetworkBuilder(inputs, List.of(layers), OutputLayer.LINEAR, inputs);
    }

    /**
     * Sets the size of the prediction. The default is the size of the input.
     *
     * @param outputs size
     * @return this
     */
    public NetworkBuilder outputs(int outputs) {
        ModelSpec.check("outputs", outputs, ModelSpec.MAX_SIZE);
        this.outputs = outputs;
        return this;
    }

    /**
     * Sets the size of the prediction and a user-defined output layer. The default is a linear layer. A network with a
     * user-defined output layer has a {@link DeepRnn#spec() description} only if that comes from {@link Kinds#output}.
     *
     * @param outputs size
     * @param predict makes the output layer
     * @return this
     */
    public NetworkBuilder outputs(int outputs, PredictFactory predict) {
        Nulls.require("NetworkBuilder.outputs", "predict", predict);
        if (output == OutputLayer.TIED) {
            throw new IllegalArgumentException(
                    "the output of this network is tied to its embedding; remove tied to give it an output layer of"
                            + " your own");
        }
        ownPredict = predict;
        return outputs(outputs);
    }

    /**
     * Sets the type of all numbers. The default is F32.
     *
     * @param type F32 or F64
     * @return this
     */
    public NetworkBuilder type(ElementType type) {
        Nulls.require("NetworkBuilder.type", "type", type);
        this.type = type;
        return this;
    }

    /**
     * Sets the seed of the initial parameters. The default is 0.
     *
     * @param seed any number
     * @return this
     */
    public NetworkBuilder seed(long seed) {
        this.seed = seed;
        return this;
    }

    /**
     * Sets how parameters are initialized. By default every layer chooses for itself.
     *
     * @param initialization is asked for every matrix and every bias
     * @return this
     */
    public NetworkBuilder initialization(Initialization initialization) {
        Nulls.require("NetworkBuilder.initialization", "initialization", initialization);
        this.initialization = initialization;
        return this;
    }

    /**
     * Sets the threads to work on. The default is {@link WorkerPool#common()}. The number of threads changes no bit of a
     * result.
     *
     * @param pool remains the caller's to close
     * @return this
     */
    public NetworkBuilder pool(WorkerPool pool) {
        Nulls.require("NetworkBuilder.pool", "pool", pool);
        this.pool = pool;
        return this;
    }

    /**
     * Limits the memory of the parameters, and that of a pass. The default is what {@link Workspace#defaultLimit()}
     * leaves.
     *
     * @param bytes of each
     * @return this
     */
    public NetworkBuilder memoryLimit(long bytes) {
        memoryLimit = bytes;
        return this;
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

    Workspace workspace(String name) {
        return memoryLimit == null ? new Workspace(name) : new Workspace(name, memoryLimit);
    }

    int inputs() {
        return inputs;
    }

    List<LayerFactory> layers() {
        return layers;
    }

    OutputDescription output() {
        return output;
    }

    int outputs() {
        return outputs;
    }

    PredictFactory ownPredictOrNull() {
        return ownPredict;
    }

    ElementType type() {
        return type;
    }

    WorkerPool pool() {
        return pool;
    }

    long seed() {
        return seed;
    }

    Initialization initialization() {
        return initialization;
    }
}
