package dev.unroll.rnn.model;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The states of all layers, kept from one run to the next while the memory of the runs comes and goes. As long as nothing
 * was kept it is what new sequences begin with. While one thread runs a network on it, another cannot change it.
 */
public final class CarriedState implements Resumable, AutoCloseable {
    private static final String IS_NEW = "new";

    private final Workspace memory = new Workspace("carried state");
    private final List<Layer> network;
    private final List<List<Tensor>> layers = new ArrayList<>();
    private final int batch;
    private boolean isNew = true;
    private volatile boolean isClosed;

    CarriedState(List<Layer> network, ElementType type, int batch) {
        this.network = network;
        this.batch = batch;
        try {
            for (Layer layer : network) {
                layers.add(layer.stateSizes().stream()
                        .map(size -> memory.zeros(type, batch, size))
                        .toList());
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * How many sequences it is for.
     *
     * @return rows of every state
     */
    public int batch() {
        return batch;
    }

    /** Whether it is that of a network with just these layers. */
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
        requireOpen();
        if (isNew) {
            return network.stream().map(layer -> layer.initial(tape, batch)).toList();
        }
        return layers.stream()
                .map(parts -> new State(parts.stream().map(tape::constant).toList()))
                .toList();
    }

    /**
     * Keeps the states that a run ended with.
     *
     * @param states one a layer, of the same batch
     * @throws IllegalStateException if it is closed or another thread uses it
     */
    public void keep(List<State> states) {
        try (var _ = memory().hold("keeping a state")) {
            isNew = false;
            for (int l = 0; l < layers.size(); l++) {
                List<Tensor> parts = layers.get(l);
                for (int i = 0; i < parts.size(); i++) {
                    parts.get(i).copyFrom(states.get(l).parts().get(i).value());
                }
            }
        }
    }

    @Override
    public void saveState(StateWriter checkpoint) {
        requireOpen();
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
