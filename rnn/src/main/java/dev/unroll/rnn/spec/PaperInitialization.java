package dev.unroll.rnn.spec;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.init.Initialization;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.operator.Network;
import java.util.List;

/**
 * The first values of Pascanu et al. 2014. Matrices that read the input are normal, and so are those behind the state, the
 * intermediate layers of a deep output among them; all others lead from hidden units to hidden units and are sparse.
 *
 * @param layers of the network
 * @param input standard deviation
 * @param output standard deviation
 */
record PaperInitialization(List<LayerDescription> layers, double input, double output) implements Initialization {
    private static final int LINKS = 20;
    private static final double LARGEST_SINGULAR_VALUE = 1;

    /** Of rectifiers between state and output, which else would be dead as often as not. */
    private static final double RECTIFIER_BIAS = 0.1;

    @Override
    public Initializer choose(String name, Initializer usual, long... shape) {
        if (name.endsWith(".rho") || name.endsWith(".gain")) {
            return usual;
        }
        boolean isBehind = layerOf(name) > lastRecurrent();
        if (shape.length == 1) {
            return isBehind && isRectifier(layerOf(name)) ? Initializer.constant(RECTIFIER_BIAS) : Initializer.zeros();
        }
        if (isBehind) {
            return Initializer.gaussian(output);
        }
        return readsInput(name) ? Initializer.gaussian(input) : Initializer.sparse(LINKS, LARGEST_SINGULAR_VALUE);
    }

    /** The place of the layer that a name begins with, such as {@code layer1.0.weight}; the output's is behind all. */
    private int layerOf(String name) {
        for (int l = 0; l < layers.size(); l++) {
            if (name.startsWith(Network.nameOf(l) + ".")) {
                return l;
            }
        }
        return layers.size();
    }

    private int lastRecurrent() {
        int last = layers.size() - 1;
        while (last >= 0 && layers.get(last) instanceof LayerSpec layer && !layer.kind().isRecurrent()) {
            last--;
        }
        return last;
    }

    private boolean isRectifier(int layer) {
        return layer < layers.size() && layers.get(layer) instanceof LayerSpec spec
                && spec.get(LayerOption.F, Activation.TANH) == Activation.RELU;
    }

    private boolean readsInput(String name) {
        if (layerOf(name) > 0) {
            return false;
        }
        if (!(layers.getFirst() instanceof LayerSpec first)) {
            return name.endsWith(".input.weight"); // as the cells of the library name it
        }
        return switch (first.kind()) {
            case EMBEDDING -> true;
            case MLP -> name.endsWith(".0.weight") || name.endsWith(".shortcut");
            case RNN, GRU, LSTM, DT, DTS -> name.endsWith(".input.weight");
        };
    }
}
