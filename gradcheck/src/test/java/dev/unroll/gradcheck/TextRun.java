package dev.unroll.gradcheck;

import dev.unroll.gradcheck.subject.TapePass;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Pass;
import dev.unroll.rnn.operator.Network;
import dev.unroll.rnn.operator.State;
import dev.unroll.rnn.spec.ModelSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A network on one window of random ids, with a carried state that is not zero. All values are floats, so that runs of
 * both types with one seed start from equal numbers.
 */
final class TextRun implements AutoCloseable {
    private final DeepRnn model;
    private final Workspace data = new Workspace("data");
    private final CarriedState state;
    private final int batch;
    private final int steps;
    private final Tensor inputs;
    private final Tensor targets;

    TextRun(ModelSpec spec, ElementType type, int batch, int steps, long seed) {
        this.batch = batch;
        this.steps = steps;
        RandomGenerator random = Randoms.of(seed);
        model = NetworkBuilder.of(spec).type(type).seed(seed).pool(WorkerPool.caller()).build();
        for (Parameter parameter : model.parameters().list()) {
            parameter.write(TextRun::round);
        }
        inputs = ids(spec.inputs(), random);
        targets = ids(spec.outputs(), random);
        state = model.newState(batch);
        fillState(random);
    }

    private static void round(Tensor tensor) {
        for (long r = 0; r < tensor.rows(); r++) {
            for (long c = 0; c < tensor.columns(); c++) {
                tensor.set(r, c, (float) tensor.get(r, c));
            }
        }
    }

    private Tensor ids(int limit, RandomGenerator random) {
        int[] ids = random.ints((long) steps * batch, 0, limit).toArray();
        return data.allocate(ElementType.I32, ids.length).copyFrom(ids);
    }

    private void fillState(RandomGenerator random) {
        Tape tape = Tape.inference(data, model.type(), WorkerPool.caller());
        List<State> filled = new ArrayList<>();
        for (State zeros : state.on(tape)) {
            filled.add(new State(zeros.parts().stream()
                    .map(part -> tape.constant(random(part.value().shape(), random)))
                    .toList()));
        }
        state.keep(filled);
    }

    private Tensor random(long[] shape, RandomGenerator random) {
        Tensor tensor = data.allocate(model.type(), shape);
        for (long r = 0; r < tensor.rows(); r++) {
            for (long c = 0; c < tensor.columns(); c++) {
                tensor.set(r, c, random.nextFloat(-1, 1));
            }
        }
        return tensor;
    }

    DeepRnn model() {
        return model;
    }

    int batch() {
        return batch;
    }

    int steps() {
        return steps;
    }

    int[] inputs() {
        return inputs.toInts();
    }

    int[] targets() {
        return targets.toInts();
    }

    CarriedState state() {
        return state;
    }

    Network.Output run(Tape tape) {
        return model.forward(tape, tape.constant(inputs), SequenceLayout.of(steps, batch), state.on(tape));
    }

    Variable loss(Tape tape) {
        return tape.crossEntropy(run(tape).logits(), tape.constant(targets));
    }

    /** The same with dropout, where the network has it: every time the same masks. */
    Variable trainingLoss(Tape tape) {
        return loss(tape.training(7, 1));
    }

    /** The loss, and the gradients of all parameters in their order. */
    List<double[]> lossAndGradients() {
        model.parameters().gradients().clear();
        List<double[]> all = new ArrayList<>();
        try (CarriedState none = model.newState(); Pass pass = model.recording("a test", none)) {
            Variable loss = loss(pass.tape());
            pass.tape().backward(loss);
            all.add(new double[] {loss.value().get(0, 0)});
        }
        model.parameters().list().forEach(parameter -> all.add(TapePass.read(parameter.gradient())));
        return all;
    }

    /** The values of all parameters as matrices, in their order; a bias is one row. */
    Map<String, double[][]> parameters() {
        Map<String, double[][]> all = new LinkedHashMap<>();
        model.parameters().list().forEach(parameter -> all.put(parameter.name(), rows(parameter.value())));
        return all;
    }

    static double[][] rows(Tensor tensor) {
        double[] values = TapePass.read(tensor);
        int columns = (int) tensor.columns();
        double[][] rows = new double[(int) tensor.rows()][];
        for (int r = 0; r < rows.length; r++) {
            rows[r] = Arrays.copyOfRange(values, r * columns, (r + 1) * columns);
        }
        return rows;
    }

    @Override
    public void close() {
        state.close();
        model.close();
        data.close();
    }
}
