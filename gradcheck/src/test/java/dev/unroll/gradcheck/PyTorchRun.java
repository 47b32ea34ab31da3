package dev.unroll.gradcheck;

import dev.unroll.gradcheck.subject.CotangentOp;
import dev.unroll.gradcheck.subject.TapePass;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.LayerFactory;
import dev.unroll.rnn.operator.Network;
import dev.unroll.rnn.operator.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The network of a {@link PyTorchReference}, run forward and backward on the numbers that PyTorch was given. */
final class PyTorchRun {
    private final PyTorchReference reference;
    private final ElementType type;
    private final Workspace workspace;
    private final SequenceLayout steps;
    private final List<Pair> pairs = new ArrayList<>();
    /** What the top layer gave to the output map. */
    private Variable top;

    /** The same numbers, computed here and by PyTorch. */
    record Pair(String what, double[] ours, double[] theirs) {}

    /** Part h or c of the state of a layer in one direction, as PyTorch counts those. */
    private record Part(String name, int block, Variable variable) {}

    private PyTorchRun(PyTorchReference reference, ElementType type, Workspace workspace) {
        this.reference = reference;
        this.type = type;
        this.workspace = workspace;
        steps = reference.steps();
    }

    /** Everything that is to be compared. */
    static List<Pair> of(PyTorchReference reference, ElementType type) {
        try (Workspace workspace = new Workspace("test")) {
            PyTorchRun run = new PyTorchRun(reference, type, workspace);
            try (DeepRnn model = run.build()) {
                run.run(model);
            }
            return run.pairs;
        }
    }

    private DeepRnn build() {
        List<LayerFactory> layers = new ArrayList<>(reference.model().layers());
        layers.add((_, _, inputs) -> new Top(inputs));
        DeepRnn model = NetworkBuilder.of(reference.model().inputs(), layers.toArray(LayerFactory[]::new))
                .outputs(reference.model().outputs()).type(type).pool(WorkerPool.caller()).build();
        for (Parameter parameter : model.parameters().list()) {
            parameter.write(values -> TapePass.write(values, reference.value(parameter.name())));
        }
        return model;
    }

    private void run(DeepRnn model) {
        Tape tape = Tape.recording(workspace, type, WorkerPool.caller());
        Variable x = tape.variable(tensor(reference.get("input"), steps.rows()));
        List<State> initial = initial(model, tape);
        Network.Output output = model.forward(tape, x, steps, initial);
        Variable loss = reference.loss().of(tape, output.logits(), target(tape), counts(tape));
        tape.backward(tape.add(loss, upstream(tape, output.last())));
        pair("output", within(TapePass.read(top.value())), within(reference.get("output")));
        pair("logits", within(TapePass.read(output.logits().value())), within(reference.get("logits")));
        pair("loss", TapePass.read(loss.value()), reference.get("loss"));
        for (Part part : parts(output.last())) {
            String name = "last." + part.name;
            pair(name + part.block, TapePass.read(part.variable.value()), reference.block(name, part.block));
        }
        for (Part part : parts(initial)) {
            String name = "gradient.initial." + part.name;
            pair(name + part.block, TapePass.read(part.variable.gradient()), reference.block(name, part.block));
        }
        pair("gradient.input", TapePass.read(x.gradient()), reference.get("gradient.input"));
        for (Parameter parameter : model.parameters().list()) {
            pair("gradient." + parameter.name(), TapePass.read(parameter.gradient()),
                    reference.gradient(parameter.name()));
        }
    }

    private void pair(String what, double[] ours, double[] theirs) {
        pairs.add(new Pair(what, ours, theirs));
    }

    private Tensor tensor(double[] values, long rows) {
        return TapePass.write(workspace.allocate(type, rows, values.length / rows), values);
    }

    /** The states that PyTorch was given, in the places of the zeros of new sequences. */
    private List<State> initial(DeepRnn model, Tape tape) {
        List<State> zeros;
        try (var state = model.newState(steps.batch())) {
            zeros = state.on(tape);
        }
        List<Variable> given = parts(zeros).stream()
                .map(part -> tape.variable(tensor(reference.block("initial." + part.name, part.block), steps.batch())))
                .toList();
        List<State> initial = new ArrayList<>();
        int from = 0;
        for (State state : zeros) {
            initial.add(new State(given.subList(from, from + state.parts().size())));
            from += state.parts().size();
        }
        return initial;
    }

    private List<Part> parts(List<State> states) {
        List<Variable> variables = states.stream().flatMap(state -> state.parts().stream()).toList();
        List<String> names = reference.stateParts();
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < variables.size(); i++) {
            parts.add(new Part(names.get(i % names.size()), i / names.size(), variables.get(i)));
        }
        return parts;
    }

    private Variable upstream(Tape tape, List<State> last) {
        List<Part> parts = parts(last);
        List<Tensor> gradients = parts.stream()
                .map(part -> tensor(reference.block("upstream." + part.name, part.block), steps.batch()))
                .toList();
        Variable[] states = parts.stream().map(Part::variable).toArray(Variable[]::new);
        return tape.apply(CotangentOp.of(gradients), states)[0];
    }

    private Variable target(Tape tape) {
        double[] target = reference.get("target");
        return reference.type("target") == ElementType.I32
                ? tape.ids(Arrays.stream(target).mapToInt(id -> (int) id).toArray())
                : tape.constant(tensor(target, steps.rows()));
    }

    /** Padding counts nothing. */
    private Variable counts(Tape tape) {
        float[] counts = new float[(int) steps.rows()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = isWithin(i) ? 1 : 0;
        }
        return steps.isPadded() ? tape.row(counts) : tape.equalWeights();
    }

    private boolean isWithin(int row) {
        return row / steps.batch() < steps.length(row % steps.batch());
    }

    /** The rows of steps: behind the end of a sequence PyTorch has zeros, this library what stood there last. */
    private double[] within(double[] rows) {
        int columns = (int) (rows.length / steps.rows());
        double[] within = new double[rows.length];
        int size = 0;
        for (int row = 0; row < steps.rows(); row++) {
            if (isWithin(row)) {
                System.arraycopy(rows, row * columns, within, size, columns);
                size += columns;
            }
        }
        return Arrays.copyOf(within, size);
    }

    /** Changes nothing, and keeps what it was given. */
    private final class Top implements Layer {
        private final int size;

        private Top(int size) {
            this.size = size;
        }

        @Override
        public List<Integer> stateSizes() {
            return List.of();
        }

        @Override
        public int outputs() {
            return size;
        }

        @Override
        public Unrolled run(Tape tape, Variable x, SequenceLayout of, State initial) {
            top = x;
            return new Unrolled(x, initial);
        }
    }
}
