package dev.unroll.rnn.pytorch;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.io.TensorInfo;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.spec.OutputLayer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The weights of a PyTorch model in a safetensors file, as a network reads and writes them.
 *
 * <pre>{@code
 * try (var checkpoint = PyTorchCheckpoint.open(file, PyTorchNames.plain().prefix("encoder"));
 *         var network = checkpoint.network("lstm:2x256", WorkerPool.common())) {
 *     network.save(folder);
 * }
 * }</pre>
 *
 * <p>The layers of a network stand for modules: equal recurrent layers behind each other, such as {@code lstm:2x256}, for
 * one {@code nn.RNN}, {@code nn.GRU} or {@code nn.LSTM}; {@code embedding} for {@code nn.Embedding}; {@code mlp} for an
 * {@code nn.Sequential} of {@code nn.Linear} and nonlinearity in turn; the output map for {@code nn.Linear}. The names of
 * their tensors have the prefix {@code layerN.}, by the first layer, and {@code output.}; without prefix they are those of
 * a network that is one module alone. {@link PyTorchNames} translates the names of other models.
 *
 * <p>F64 tensors make a network of F64, and F32, F16 and BF16 one of F32. The two biases of a gate become their sum, but
 * for the candidate of a GRU, whose hidden bias is within the reset; written, the sum is {@code bias_ih}, and
 * {@code bias_hh} is zero. An output without a bias gets one of zeros. All sizes are checked against the file before memory is taken.
 *
 * <p>For one thread.
 */
public final class PyTorchCheckpoint implements Closeable {
    /** What the names of tensors that are missing, and of those that are not expected, may take of a message. */
    private static final int MOST_NAMES = 60;

    /** The end of the names of the second direction. */
    private static final String REVERSE = "_reverse";

    private final Safetensors file;
    /** Tensors that belong to the network, by expected name. */
    private final SequencedMap<String, TensorInfo> found = new LinkedHashMap<>();
    /** Types of those that cannot be weights, likewise. */
    private final Map<String, String> notRead = new HashMap<>();
    private final List<String> ignored = new ArrayList<>();

    private PyTorchCheckpoint(Safetensors file) {
        this.file = file;
    }

    /**
     * Opens a file.
     *
     * @param file in the safetensors format
     * @param names of its tensors
     * @return to be closed by the caller
     * @throws MalformedFileException if it is no sound safetensors file, or two of its tensors have one expected name
     * @throws IOException if it is missing or reading fails
     */
    public static PyTorchCheckpoint open(Path file, PyTorchNames names) throws IOException {
        Nulls.require("PyTorchCheckpoint.open", "file", file);
        Nulls.require("PyTorchCheckpoint.open", "names", names);
        Safetensors tensors = Safetensors.open(file);
        try {
            PyTorchCheckpoint checkpoint = new PyTorchCheckpoint(tensors);
            checkpoint.find(names);
            return checkpoint;
        } catch (Throwable e) {
            tensors.close();
            throw e;
        }
    }

    private void find(PyTorchNames names) throws MalformedFileException {
        for (TensorInfo info : file.tensors()) {
            Optional<String> expected = names.expected(info.name());
            if (expected.isEmpty()) {
                ignored.add(info.name());
                continue;
            }
            TensorInfo other = found.put(expected.get(), info);
            if (other != null) {
                throw new MalformedFileException(file.source(), Shown.quote(other.name()) + " and "
                        + Shown.quote(info.name()) + " are both taken for " + Shown.quote(expected.get())
                        + "; give them different names");
            }
        }
        file.skipped().forEach((name, type) -> names.expected(name).ifPresent(expected -> notRead.put(expected, type)));
        if (found.isEmpty() && !ignored.isEmpty()) {
            throw new MalformedFileException(file.source(), "no tensor belongs to the network by the names given; there"
                    + " are " + listed(ignored) + "; check the prefix");
        }
    }

    /**
     * Returns the tensors that were skipped since weights of their types are not read, such as {@code I8} or
     * {@code BOOL}.
     *
     * @return their types by their names in the file; unmodifiable
     */
    public SequencedMap<String, String> skipped() {
        return file.skipped();
    }

    /**
     * Returns the tensors that do not belong to the network by the names that were given, and the integers, which are no
     * weights, such as {@code num_batches_tracked}.
     *
     * @return their names in the file; unmodifiable
     */
    public List<String> ignored() {
        List<String> all = new ArrayList<>(ignored);
        found.values().stream().filter(info -> !info.type().isFloating()).map(TensorInfo::name).forEach(all::add);
        return List.copyOf(all);
    }

    /**
     * Returns the description of the network that has these weights: the number of its inputs and outputs comes from
     * shapes in the file, and if the file has no {@code output.weight} the network is {@linkplain OutputLayer#BARE bare}.
     *
     * @param layers as {@link ModelSpec#parse} reads them, such as {@code lstm:2x256}
     * @return the description
     * @throws IllegalArgumentException if the text is no description, or PyTorch has no module for a layer
     */
    public ModelSpec spec(String layers) {
        ModelSpec given = ModelSpec.parse(layers, 1, 1);
        boolean isBare = given.output() == OutputLayer.LINEAR && !found.containsKey(PyTorchModule.ofOutputs());
        String text = isBare ? given.text() + "/bare" : given.text();
        PyTorchModule first = PyTorchModule.of(ModelSpec.parse(text, 1, 1)).getFirst();
        int inputs = size(first.ofInputs(), first.placeOfInputs());
        int outputs = given.output() == OutputLayer.TIED ? inputs : size(PyTorchModule.ofOutputs(), 0);
        return ModelSpec.parse(text, inputs, outputs);
    }

    /** A size in the file, or 1 if it is none: what is wrong is said later. */
    private int size(String tensor, int place) {
        TensorInfo info = found.get(tensor);
        long[] shape = info == null ? new long[0] : info.shape();
        boolean isSize = place < shape.length && shape[place] > 0 && shape[place] <= ModelSpec.MAX_SIZE;
        return isSize ? (int) shape[place] : 1;
    }

    /**
     * Makes a network of these weights.
     *
     * @param layers as of {@link #spec}
     * @param pool the threads to run on
     * @return a network to be closed
     * @throws IllegalArgumentException if the text is no description, or PyTorch has no module for a layer
     * @throws MalformedFileException if a tensor is missing, is not expected, or is of another shape or type, or a number is
     *     not finite
     * @throws IOException if reading fails
     */
    public DeepRnn network(String layers, WorkerPool pool) throws IOException {
        Nulls.require("PyTorchCheckpoint.network", "layers", layers);
        Nulls.require("PyTorchCheckpoint.network", "pool", pool);
        ModelSpec spec = spec(layers);
        List<PyTorchTensor> tensors = PyTorchModule.tensors(spec);
        requireTensors(spec, tensors);
        boolean isDouble = tensors.stream().map(tensor -> found.get(tensor.name()))
                .anyMatch(info -> info != null && info.type() == ElementType.F64);
        DeepRnn network = NetworkBuilder.of(spec).type(isDouble ? ElementType.F64 : ElementType.F32).pool(pool).build();
        try {
            new PyTorchReader(file, found, network).read(tensors);
            return network;
        } catch (Throwable e) {
            network.close();
            throw e;
        }
    }

    private void requireTensors(ModelSpec spec, List<PyTorchTensor> tensors) throws MalformedFileException {
        List<String> missing = new ArrayList<>();
        Map<String, PyTorchTensor> expected = new LinkedHashMap<>();
        for (PyTorchTensor tensor : tensors) {
            expected.put(tensor.name(), tensor);
            if (notRead.containsKey(tensor.name())) {
                throw wrongType(tensor.name(), notRead.get(tensor.name()));
            }
            if (!found.containsKey(tensor.name()) && tensor.isRequired()) {
                missing.add(tensor.name());
            }
        }
        List<String> unexpected = new ArrayList<>();
        found.forEach((name, info) -> {
            if (!expected.containsKey(name) && info.type().isFloating()) {
                unexpected.add(name);
            }
        });
        if (!missing.isEmpty() || !unexpected.isEmpty()) {
            throw new MalformedFileException(file.source(), "is no " + Shown.brief(spec.text()) + ":"
                    + (missing.isEmpty() ? "" : " missing " + listed(missing) + ";")
                    + (unexpected.isEmpty() ? "" : " unexpected " + listed(unexpected) + ";")
                    + " " + hint(missing, unexpected));
        }
        for (PyTorchTensor tensor : tensors) {
            requireShape(spec, tensor);
        }
    }

    private void requireShape(ModelSpec spec, PyTorchTensor tensor) throws MalformedFileException {
        TensorInfo info = found.get(tensor.name());
        if (info == null) {
            return;
        }
        if (!info.type().isFloating()) {
            throw wrongType(tensor.name(), info.type().name());
        }
        TensorInfo expected = new TensorInfo(info.name(), info.type(), tensor.shape());
        if (!info.equals(expected)) {
            throw new MalformedFileException(file.source(), "expected " + expected + " of " + Shown.brief(spec.text())
                    + " but found " + info + "; give the sizes of the file");
        }
    }

    private MalformedFileException wrongType(String name, String type) {
        return new MalformedFileException(file.source(), "the tensor " + Shown.quote(name) + " is of type " + type
                + "; expected F32, F64, F16 or BF16; convert it");
    }

    /** What was probably meant. */
    private static String hint(List<String> missing, List<String> unexpected) {
        boolean hasMore = missing.isEmpty(); // else the names themselves may be others
        if (hasMore && unexpected.stream().anyMatch(name -> name.contains("weight_hr_l") && !name.endsWith(REVERSE))) {
            return "add :projection=SIZE";
        }
        if (hasMore && unexpected.stream().anyMatch(name -> name.endsWith(REVERSE))) {
            return "add :bidirectional";
        }
        if (unexpected.isEmpty() && missing.stream().allMatch(name -> name.contains("bias_"))) {
            return "add :bias=false";
        }
        return "check the model, the prefix and the names";
    }

    /** The first of some names, as many as one reads. */
    private static String listed(Collection<String> names) {
        StringBuilder text = new StringBuilder();
        int count = 0;
        for (String name : names) {
            String shown = Shown.brief(name);
            if (count > 0 && text.length() + shown.length() > MOST_NAMES) {
                return text + " and " + (names.size() - count) + " more";
            }
            text.append(count++ == 0 ? "" : ", ").append(shown);
        }
        return text.toString();
    }

    /**
     * Writes the weights of a network to a file, which {@code load_state_dict} of the modules takes. The file is replaced
     * as a whole.
     *
     * @param network whose weights
     * @param file to be replaced, or made
     * @throws IllegalArgumentException if PyTorch has no module for a layer
     * @throws IllegalStateException if a layer is a user's own, or another thread uses the network
     * @throws IOException if writing fails; the file then is what it was before
     */
    public static void write(DeepRnn network, Path file) throws IOException {
        Nulls.require("PyTorchCheckpoint.write", "network", network);
        Nulls.require("PyTorchCheckpoint.write", "file", file);
        try (var _ = network.read("an export")) {
            TensorFile tensors = new TensorFile(network.type());
            new PyTorchWriter(network).values((name, shape, numbers) -> tensors.put(name, numbers, shape));
            tensors.write(file, Collections.singletonMap("format", "pt"));
        }
    }

    /** Closes the file. */
    @Override
    public void close() throws IOException {
        file.close();
    }
}
