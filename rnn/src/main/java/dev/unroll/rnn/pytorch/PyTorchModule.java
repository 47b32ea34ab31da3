package dev.unroll.rnn.pytorch;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.operator.Bidirectional.Merge;
import dev.unroll.rnn.operator.Network;
import dev.unroll.rnn.pytorch.PyTorchTensor.Form;
import dev.unroll.rnn.spec.CustomOutput;
import dev.unroll.rnn.spec.LayerDescription;
import dev.unroll.rnn.spec.LayerKind;
import dev.unroll.rnn.spec.LayerOption;
import dev.unroll.rnn.spec.LayerOption.Reset;
import dev.unroll.rnn.spec.LayerSpec;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.spec.OutputLayer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A module of PyTorch that computes what one layer of a network, or several equal ones, compute.
 *
 * @param name the prefix of its tensors, empty if the network is this module alone
 * @param layer what its layers are
 * @param first the first of them
 * @param count how many they are
 */
record PyTorchModule(String name, LayerSpec layer, int first, int count) {
    private static final String OUTPUT = "output";

    /** What no module of PyTorch does, so that its outputs would be others than those of the network. */
    private static final Set<LayerOption<?>> FOREIGN = Set.of(
            LayerOption.LEARNED, LayerOption.ZONEOUT, LayerOption.GATES, LayerOption.NORM, LayerOption.SHORTCUTS,
            LayerOption.MAXOUT, LayerOption.LP);

    /**
     * Returns the modules of the layers of a network.
     *
     * @throws IllegalArgumentException if PyTorch has none for a layer
     */
    static List<PyTorchModule> of(ModelSpec spec) {
        List<PyTorchModule> modules = new ArrayList<>();
        List<LayerSpec> layers = spec.layers().stream().map(PyTorchModule::builtIn).toList();
        if (spec.output() instanceof CustomOutput) {
            throw new IllegalArgumentException("PyTorch has no module that computes the user-defined output map "
                    + Shown.brief(spec.output().text()) + "; use a linear, tied or bare output");
        }
        for (int first = 0, count; first < layers.size(); first += count) {
            LayerSpec layer = layers.get(first);
            requireKnown(layer);
            count = 1;
            while (isStacked(layer) && first + count < layers.size() && layers.get(first + count).equals(layer)) {
                count++;
            }
            boolean isAll = count == layers.size() && spec.output() == OutputLayer.BARE;
            modules.add(new PyTorchModule(isAll ? "" : Network.nameOf(first), layer, first, count));
        }
        return modules;
    }

    private static LayerSpec builtIn(LayerDescription layer) {
        if (layer instanceof LayerSpec spec) {
            return spec;
        }
        throw new IllegalArgumentException("PyTorch has no module that computes the user-defined "
                + Shown.brief(layer.toString()) + "; it has rnn, gru, lstm, mlp and embedding");
    }

    /** Whether equal layers are layers of one module, with nothing between them but dropout. */
    private static boolean isStacked(LayerSpec layer) {
        return layer.kind().isRecurrent() && !layer.get(LayerOption.RESIDUAL, false)
                && layer.get(LayerOption.BIDIRECTIONAL, Merge.CONCAT) == Merge.CONCAT;
    }

    private static void requireKnown(LayerSpec layer) {
        boolean isKnown = switch (layer.kind()) {
            case RNN -> Set.of(Activation.TANH, Activation.RELU).contains(layer.get(LayerOption.F, Activation.TANH));
            case GRU -> layer.get(LayerOption.RESET, Reset.AFTER) == Reset.AFTER;
            case LSTM, MLP, EMBEDDING -> true;
            case DT, DTS -> false;
        };
        if (!isKnown || layer.options().keySet().stream().anyMatch(FOREIGN::contains)) {
            throw new IllegalArgumentException("PyTorch has no module that computes " + Shown.brief(layer.toString())
                    + "; it has rnn (tanh or relu), gru, lstm, mlp and embedding, without learned, zoneout, norm, gates,"
                    + " shortcuts, maxout, lp and reset=before");
        }
    }

    boolean isRecurrent() {
        return layer.kind().isRecurrent();
    }

    int directions() {
        return layer.options().containsKey(LayerOption.BIDIRECTIONAL) ? 2 : 1;
    }

    /** The parts of the state of a layer in one direction: of an LSTM the hidden state and that of its cells. */
    int partsOfState() {
        return layer.kind() == LayerKind.LSTM ? 2 : 1;
    }

    /** The name of a tensor of this module, such as {@code layer0.weight}. */
    String named(String tensor) {
        return PyTorchNames.join(name, tensor);
    }

    /** The tensor whose shape says how large an input is, and the place of that size in it. */
    String ofInputs() {
        return named(isRecurrent() ? "weight_ih_l0" : layer.kind() == LayerKind.EMBEDDING ? "weight" : "0.weight");
    }

    int placeOfInputs() {
        return layer.kind() == LayerKind.EMBEDDING ? 0 : 1;
    }

    static String ofOutputs() {
        return OUTPUT + ".weight";
    }

    /**
     * Returns all tensors of a network.
     *
     * @throws IllegalArgumentException if PyTorch has no module for a layer
     */
    static List<PyTorchTensor> tensors(ModelSpec spec) {
        Map<String, long[]> ours = new LinkedHashMap<>();
        for (Parameter parameter : spec.parameters().list()) {
            ours.put(parameter.name(), parameter.shape());
        }
        List<PyTorchTensor> tensors = new ArrayList<>();
        for (PyTorchModule module : of(spec)) {
            module.add(ours, tensors);
        }
        String weight = OUTPUT + ".weight";
        if (spec.output() == OutputLayer.TIED) {
            tensors.add(new PyTorchTensor(weight, Form.COPY, "layer0.weight", ours.get("layer0.weight")));
        } else if (spec.output() == OutputLayer.LINEAR) {
            tensors.add(matrix(weight, weight, ours));
        }
        if (spec.output() != OutputLayer.BARE) {
            tensors.add(
                    new PyTorchTensor(OUTPUT + ".bias", Form.OPTIONAL, OUTPUT + ".bias", ours.get(OUTPUT + ".bias")));
        }
        return tensors;
    }

    private void add(Map<String, long[]> ours, List<PyTorchTensor> tensors) {
        for (int l = 0; l < count; l++) {
            String prefix = Network.nameOf(first + l) + ".";
            switch (layer.kind()) {
                case EMBEDDING -> tensors.add(new PyTorchTensor(
                        named("weight"), Form.SAME, prefix + "weight", ours.get(prefix + "weight")));
                case MLP -> addPerceptron(prefix, ours, tensors);
                default -> {
                    boolean isBoth = directions() == 2;
                    addCell(prefix + (isBoth ? "forward." : ""), "_l" + l, ours, tensors);
                    if (isBoth) {
                        addCell(prefix + "backward.", "_l" + l + "_reverse", ours, tensors);
                    }
                }
            }
        }
    }

    private void addCell(String prefix, String suffix, Map<String, long[]> ours, List<PyTorchTensor> tensors) {
        tensors.add(matrix(named("weight_ih" + suffix), prefix + "input.weight", ours));
        tensors.add(matrix(named("weight_hh" + suffix), prefix + "recurrent", ours));
        String bias = prefix + "input.bias";
        if (ours.containsKey(bias)) {
            String candidate = prefix + "candidate.bias";
            tensors.add(new PyTorchTensor(named("bias_ih" + suffix), Form.INPUT_BIAS, bias, ours.get(bias)));
            tensors.add(new PyTorchTensor(
                    named("bias_hh" + suffix), Form.HIDDEN_BIAS, bias, ours.containsKey(candidate) ? candidate : "",
                    ours.get(bias)));
        }
        if (ours.containsKey(prefix + "projection")) {
            tensors.add(matrix(named("weight_hr" + suffix), prefix + "projection", ours));
        }
    }

    /** Linear maps and nonlinearities in turn, so that every second one of them has tensors. */
    private void addPerceptron(String prefix, Map<String, long[]> ours, List<PyTorchTensor> tensors) {
        for (int l = 0; l < layer.sizes().size(); l++) {
            tensors.add(matrix(named(2 * l + ".weight"), prefix + l + ".weight", ours));
            String bias = prefix + l + ".bias";
            if (ours.containsKey(bias)) {
                tensors.add(new PyTorchTensor(named(2 * l + ".bias"), Form.SAME, bias, ours.get(bias)));
            }
        }
    }

    private static PyTorchTensor matrix(String name, String parameter, Map<String, long[]> ours) {
        long[] shape = ours.get(parameter);
        return new PyTorchTensor(name, Form.TRANSPOSED, parameter, shape[1], shape[0]);
    }
}
