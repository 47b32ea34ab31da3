package dev.unroll.rnn.pytorch;

import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.operator.Network;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.operator.State;
import dev.unroll.rnn.pytorch.RunInput.StateTensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One run of a network, forward and maybe backward, with states as PyTorch has them. */
final class ModulePass implements AutoCloseable {
    private final DeepRnn network;
    private final RunInput input;
    private final boolean hasGradients;
    private final Workspace workspace = new Workspace("a run of tensors");
    private final Tape tape;

    ModulePass(DeepRnn network, RunInput input, boolean hasGradients) {
        this.network = network;
        this.input = input;
        this.hasGradients = hasGradients;
        tape = hasGradients
                ? Tape.recording(workspace, network.type(), network.pool())
                : Tape.inference(workspace, network.type(), network.pool());
    }

    /** Runs, and gives the results. */
    void run(TensorFile results) throws IOException {
        int rows = Math.toIntExact(input.layout().rows());
        Variable x = input.isIds() ? tape.ids(input.ids()) : given(rows, input.x());
        Map<StateTensor, List<Variable>> first = new LinkedHashMap<>();
        List<State> initial = initial(first);
        Network.Output output = network.forward(tape, x, input.layout(), Readout.EVERY_STEP, initial);
        double[] y = input.withoutPadding(TensorFile.read(output.logits().value()));
        results.put("y", input.inFileOrder(y), input.sizes(network.outputs()));
        for (StateTensor state : input.states()) {
            results.put(state.last(), joined(blocks(output.last(), state)), shape(state));
        }
        if (hasGradients) {
            backward(output.logits(), rows);
            gradients(x, first, results);
        }
    }

    private void backward(Variable y, int rows) throws IOException {
        network.parameters().clearGradients();
        tape.backward(y, matrix(rows, input.dy()));
    }

    private void gradients(Variable x, Map<StateTensor, List<Variable>> first, TensorFile results) throws IOException {
        new PyTorchWriter(network).gradients((name, shape, numbers) -> results.put("grad." + name, numbers, shape));
        if (!input.isIds()) {
            results.put("grad.x", input.inFileOrder(gradient(x)), input.sizes(network.inputs()));
        }
        first.forEach((state, blocks) -> results.put(
                "grad." + state.first(), joined(blocks.stream().map(ModulePass::gradient).toList()), shape(state)));
    }

    /** What nothing flowed back to has a gradient of zero. */
    private static double[] gradient(Variable variable) {
        Tensor gradient = variable.gradient();
        return gradient == null ? new double[Math.toIntExact(variable.value().size())] : TensorFile.read(gradient);
    }

    private long[] shape(StateTensor state) {
        return new long[] {state.blocks(), input.layout().batch(), state.size()};
    }

    /** The states that new sequences begin with, where others are given those. */
    private List<State> initial(Map<StateTensor, List<Variable>> given) throws IOException {
        int batch = input.layout().batch();
        List<List<Variable>> parts = new ArrayList<>();
        try (CarriedState state = network.newState(batch)) {
            state.on(tape).forEach(each -> parts.add(new ArrayList<>(each.parts())));
        }
        for (StateTensor state : input.states()) {
            if (input.has(state)) {
                given.put(state, replace(parts, state, input.first(state)));
            }
        }
        return parts.stream().map(State::new).toList();
    }

    private List<Variable> replace(List<List<Variable>> parts, StateTensor state, double... numbers) {
        int batch = input.layout().batch();
        int size = batch * state.size();
        List<Variable> replaced = new ArrayList<>();
        for (Place place : places(state)) {
            double[] block = new double[size];
            System.arraycopy(numbers, replaced.size() * size, block, 0, size);
            replaced.add(given(batch, block));
            parts.get(place.layer).set(place.part, replaced.getLast());
        }
        return replaced;
    }

    /** The numbers of the parts of a state, in PyTorch's order. */
    private List<double[]> blocks(List<State> states, StateTensor state) {
        return places(state).stream()
                .map(place -> TensorFile.read(states.get(place.layer).parts().get(place.part).value()))
                .toList();
    }

    /** A part of the state of a layer of the network. */
    private record Place(int layer, int part) {}

    /** PyTorch counts layers and within them directions; the state of a layer is that of the directions in turn. */
    private List<Place> places(StateTensor state) {
        PyTorchModule module = state.module();
        int perDirection = module.partsOfState();
        List<Place> places = new ArrayList<>();
        for (int l = 0; l < module.count(); l++) {
            for (int d = 0; d < module.directions(); d++) {
                places.add(new Place(module.first() + l, d * perDirection + state.part()));
            }
        }
        return places;
    }

    private static double[] joined(List<double[]> blocks) {
        double[] all = new double[blocks.stream().mapToInt(block -> block.length).sum()];
        int at = 0;
        for (double[] block : blocks) {
            System.arraycopy(block, 0, all, at, block.length);
            at += block.length;
        }
        return all;
    }

    private Variable given(int rows, double... numbers) {
        Tensor value = matrix(rows, numbers);
        return hasGradients ? tape.variable(value) : tape.constant(value);
    }

    private Tensor matrix(int rows, double... numbers) {
        return TensorFile.write(workspace.allocate(network.type(), rows, numbers.length / rows), numbers);
    }

    @Override
    public void close() {
        workspace.close();
    }
}
