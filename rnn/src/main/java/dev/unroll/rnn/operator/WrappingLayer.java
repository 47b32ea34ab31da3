package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import java.util.List;

/** What is put around a layer and leaves its sizes and its state as they are. */
interface WrappingLayer extends Layer {
    /** What it is put around. */
    Layer layer();

    @Override
    default List<Integer> stateSizes() {
        return layer().stateSizes();
    }

    @Override
    default int outputs() {
        return layer().outputs();
    }

    @Override
    default boolean isCausal() {
        return layer().isCausal();
    }

    @Override
    default boolean runsPacked() {
        return layer().runsPacked();
    }

    @Override
    default int forwardOutputs() {
        return layer().forwardOutputs();
    }

    @Override
    default State initial(Tape tape, int batch) {
        return layer().initial(tape, batch);
    }
}
