package dev.unroll.rnn.model;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.Activations;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Softmax;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Replay;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.operator.Network;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.operator.State;
import java.util.ArrayList;
import java.util.List;

/**
 * One step of a fixed number of sequences in fixed memory, recorded once: it reads the input and the current state, and
 * writes the next state and the output. A run allocates nothing. One thread at a time may run it, any thread.
 */
final class ReplayedStep implements AutoCloseable {
    private final Session.Output kind;
    private final Replay replay;
    private final Tensor input;
    private final List<Part> parts = new ArrayList<>();
    private final Tensor logits;
    private final Tensor output;

    /**
     * A part of the state of a layer, {@code [batch, size]} each.
     *
     * @param initial what sequences begin with
     * @param current what a step begins with
     * @param next what a step ends with; it may lie in the memory of the current state
     */
    record Part(Tensor initial, Tensor current, Tensor next) {}

    /**
     * Records a step, which begins new sequences.
     *
     * @param memory of everything; the caller closes it, also if this throws
     */
    ReplayedStep(DeepRnn network, Network layers, int batch, boolean readsIds, Session.Output kind, Workspace memory) {
        this.kind = kind;
        ElementType type = network.type();
        input = readsIds ? memory.zeros(ElementType.I32, batch) : memory.zeros(type, batch, network.inputs());
        replay = new Replay(memory, type, WorkerPool.caller());
        Tape tape = replay.tape();
        Tape inference = Tape.inference(memory, type, WorkerPool.caller());
        List<State> initial = layers.layers().stream().map(layer -> layer.initial(inference, batch)).toList();
        List<State> begin = initial.stream().map(each -> copy(memory, tape, each)).toList();
        Network.Output end =
                layers.run(tape, tape.constant(input), SequenceLayout.of(1, batch), Readout.EVERY_STEP, begin);
        addParts(tensors(initial), tensors(begin), tensors(end.last()));
        logits = end.logits().value();
        output = kind == Session.Output.LOGITS ? logits : memory.zeros(type, batch, network.outputs());
        replay.run();
    }

    private static State copy(Workspace memory, Tape tape, State state) {
        return new State(state.parts().stream().map(part -> tape.constant(copy(memory, part.value()))).toList());
    }

    /** Returns a copy of a tensor in other memory. */
    static Tensor copy(Workspace memory, Tensor tensor) {
        return memory.allocate(tensor.type(), tensor.shape()).copyFrom(tensor);
    }

    private static List<Tensor> tensors(List<State> states) {
        return states.stream().flatMap(each -> each.parts().stream()).map(Variable::value).toList();
    }

    private void addParts(List<Tensor> initial, List<Tensor> current, List<Tensor> next) {
        for (int i = 0; i < next.size(); i++) {
            parts.add(new Part(initial.get(i), current.get(i), next.get(i)));
        }
    }

    /** Computes the next state and the output. The input has been checked, and the current state stays as it is. */
    void run() {
        replay.run();
        switch (kind) {
            case LOGITS -> {}
            case SOFTMAX -> Softmax.forward(logits, output, WorkerPool.caller());
            case SIGMOID -> Activations.forward(Activation.SIGMOID, logits, output, WorkerPool.caller());
        }
    }

    /** {@return {@code [batch, inputs]}, or ids {@code [batch]}} */
    Tensor input() {
        return input;
    }

    /** {@return the state of all layers} */
    List<Part> parts() {
        return parts;
    }

    /** {@return {@code [batch, outputs]}} */
    Tensor output() {
        return output;
    }

    /** Releases its share of the parameters. */
    @Override
    public void close() {
        replay.close();
    }
}
