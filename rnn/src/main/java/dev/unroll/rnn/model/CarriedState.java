package dev.unroll.rnn.model;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.Network;
import dev.unroll.rnn.operator.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The states of all layers of a network, kept from one pass to the next while the memory of the passes comes and goes. Until
 * a state is kept it is what new sequences begin with. While one thread runs a network on it no other can change it.
 */
public final class CarriedState implements Resumable, AutoCloseable {
    private static final String IS_NEW = "new";
    private static final String SEQUENCES = "sequences";

    private final List<Layer> network;
    private final ElementType type;
    private final List<List<Tensor>> layers = new ArrayList<>();
    private Workspace memory = new Workspace("carried state");
    private int batch;
    private boolean isSized;
    private boolean isNew = true;
    private volatile boolean isClosed;

    /** A state of no sequences, until a batch begins. */
    CarriedState(List<Layer> network, ElementType type) {
        this.network = network;
        this.type = type;
    }

    CarriedState(List<Layer> network, ElementType type, int batch) {
        this(network, type);
        resize(batch);
        isSized = true;
    }

    private void resize(int sequences) {
        memory.close();
        memory = new Workspace("carried state");
        layers.clear();
        batch = 0;
        isNew = true;
        if (sequences == 0) {
            return;
        }
        try {
            for (Layer layer : network) {
                layers.add(layer.stateSizes().stream()
                        .map(size -> memory.zeros(type, sequences, size))
                        .toList());
            }
        } catch (RuntimeException e) {
            resize(0);
            throw e;
        }
        batch = sequences;
    }

    /** Refuses sequences that this state is not for. */
    void requireBatch(int sequences) {
        if (batch != sequences) {
            throw new IllegalArgumentException("a state of " + batch + " sequences cannot run " + sequences
                    + "; take newState(" + sequences + "), or let the state begin(batch) before each batch");
        }
    }

    /**
     * Returns the number of sequences.
     *
     * @return rows of every state
     */
    public int batch() {
        return batch;
    }

    /**
     * Prepares for a batch: clears the state unless the batch continues the one before, and takes over its number of
     * sequences.
     *
     * @param next the next batch to run
     * @throws IllegalArgumentException if it continues a batch of another size, or a network that looks ahead
     * @throws IllegalStateException if the state is closed or another thread uses it
     */
    public void begin(Batch next) {
        Nulls.require("CarriedState.begin", "next", next);
        memory().hold("beginning a batch").close(); // refuses another thread
        int sequences = next.layout().batch();
        if (next.continues() && !network.stream().allMatch(Layer::isCausal)) {
            throw new IllegalArgumentException("a batch cannot go on where another one ended in a network that looks"
                    + " ahead, such as a bidirectional one; give whole sequences");
        }
        if (next.continues() && batch > 0 && batch != sequences) {
            throw new IllegalArgumentException("a batch of " + sequences + " sequences cannot go on where one of "
                    + batch + " ended; begin new sequences, or keep the size");
        }
        if (batch != sequences) {
            resize(sequences);
        } else if (!next.continues()) {
            clear();
        }
    }

    /** Returns whether it is that of a network with just these layers. */
    boolean isOf(List<Layer> layers) {
        return network == layers;
    }

    Workspace memory() {
        requireOpen();
        return memory;
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException(
                    "this state is closed; take a new one from newState, and close it after its work");
        }
    }

    /**
     * New sequences begin: with zeros, or with what a layer has learned.
     *
     * @throws IllegalStateException if it is closed or another thread uses it
     */
    public void clear() {
        try (var _ = memory().hold("clearing a state")) {
            isNew = true;
        }
    }

    /**
     * The states. Kept ones are constants: nothing flows back beyond them.
     *
     * @param tape to use them on
     * @return one state a layer
     * @throws IllegalStateException if it is closed
     */
    public List<State> on(Tape tape) {
        Nulls.require("CarriedState.on", "tape", tape);
        requireOpen();
        if (isNew) {
            return network.stream().map(layer -> layer.initial(tape, batch)).toList();
        }
        List<State> states = new ArrayList<>(layers.size());
        for (List<Tensor> parts : layers) {
            Variable[] constants = new Variable[parts.size()];
            Arrays.setAll(constants, i -> tape.constant(parts.get(i)));
            states.add(State.of(constants));
        }
        return states;
    }

    /**
     * Keeps the states that a run ended with.
     *
     * @param states one a layer, of the same batch
     * @throws IllegalStateException if it is closed or another thread uses it
     */
    public void keep(List<State> states) {
        Nulls.require("CarriedState.keep", "states", states);
        try (var _ = memory().hold("keeping a state")) {
            isNew = false;
            if (!readsOwn(states)) {
                copy((l, i) -> states.get(l).parts().get(i).value());
                return;
            }
            try (Workspace copies = new Workspace("kept state")) { // what a copy would overwrite is read before
                List<List<Tensor>> read = states.stream().map(state -> state.parts().stream().map(Variable::value)
                        .map(part -> copies.allocate(part.type(), part.shape()).copyFrom(part)).toList()).toList();
                copy((l, i) -> read.get(l).get(i));
            }
        }
    }

    /** Whether a part lies in the memory of this state. Training calls this at every step: it makes no garbage. */
    private boolean readsOwn(List<State> states) {
        for (int l = 0; l < states.size(); l++) {
            List<Variable> parts = states.get(l).parts();
            for (int i = 0; i < parts.size(); i++) {
                if (overlapsOwn(parts.get(i).value())) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean overlapsOwn(Tensor part) {
        for (int l = 0; l < layers.size(); l++) {
            List<Tensor> own = layers.get(l);
            for (int i = 0; i < own.size(); i++) {
                if (part.overlaps(own.get(i))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Gives a part of the state of a layer. */
    private interface Source {
        Tensor of(int layer, int part);
    }

    private void copy(Source source) {
        for (int l = 0; l < layers.size(); l++) {
            List<Tensor> own = layers.get(l);
            for (int i = 0; i < own.size(); i++) {
                own.get(i).copyFrom(source.of(l, i));
            }
        }
    }

    /** Copies the parts of all layers, in their order; false if it is of new sequences. */
    boolean copyTo(List<Tensor> parts) {
        try (var _ = memory().hold("copying a state")) {
            int next = 0;
            for (List<Tensor> layer : isNew ? List.<List<Tensor>>of() : layers) {
                for (Tensor part : layer) {
                    parts.get(next++).copyFrom(part);
                }
            }
            return !isNew;
        }
    }

    /**
     * Returns whether the sequences are new: they begin with zeros, or with what a layer has learned.
     *
     * @return false once a pass has kept its last state
     */
    public boolean isNew() {
        return isNew;
    }

    /**
     * Returns the memory of all parts of the states of all layers, in their order, to send the state elsewhere or to
     * receive one.
     *
     * @return tensors {@code [batch, size]}, none if there are no sequences
     * @throws IllegalStateException if it is closed
     */
    public List<Tensor> tensors() {
        requireOpen();
        return layers.stream().flatMap(List::stream).toList();
    }

    /**
     * Prepares for a state that is written to {@link #tensors()}.
     *
     * @param sequences their number; 0 for none
     * @param areNew whether they begin with zeros, or with what a layer has learned, whatever is written
     * @throws IllegalStateException if the state is closed or another thread uses it
     */
    public void become(int sequences, boolean areNew) {
        memory().hold("receiving a state").close(); // refuses another thread
        if (batch != sequences) {
            resize(sequences);
        }
        isNew = areNew;
    }

    @Override
    public void saveState(StateWriter checkpoint) {
        requireOpen();
        checkpoint.put(SEQUENCES, (long) batch);
        if (batch == 0) {
            return;
        }
        checkpoint.put(IS_NEW, isNew);
        for (int l = 0; l < layers.size(); l++) {
            for (int i = 0; i < layers.get(l).size(); i++) {
                checkpoint.put(nameOf(l, i), layers.get(l).get(i));
            }
        }
    }

    @Override
    public void restoreState(StateReader checkpoint) throws IOException {
        requireOpen();
        int sequences = checkpoint.values().integer(SEQUENCES, 0, Integer.MAX_VALUE);
        if (isSized) {
            requireBatch(sequences);
        }
        resize(sequences);
        if (batch == 0) {
            return;
        }
        for (int l = 0; l < layers.size(); l++) {
            for (int i = 0; i < layers.get(l).size(); i++) {
                checkpoint.read(nameOf(l, i), layers.get(l).get(i));
            }
        }
        isNew = checkpoint.values().bool(IS_NEW);
    }

    private static String nameOf(int layer, int part) {
        return Network.nameOf(layer) + "." + part;
    }

    /**
     * Returns its memory. A second call does nothing.
     *
     * @throws IllegalStateException if a network runs on it; nothing is closed then
     */
    @Override
    public void close() {
        memory.close();
        isClosed = true;
    }
}
