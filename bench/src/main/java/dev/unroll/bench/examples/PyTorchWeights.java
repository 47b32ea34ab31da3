package dev.unroll.bench.examples;

import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.pytorch.PyTorchCheckpoint;
import dev.unroll.rnn.pytorch.PyTorchNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Continues a sequence of ids with a language model that PyTorch trained: an {@code nn.Embedding}, an {@code nn.LSTM} and
 * an {@code nn.Linear}, whose {@code state_dict} was written by {@code safetensors.torch.save_file}. Sizes of inputs and
 * outputs come from the file.
 */
public final class PyTorchWeights {
    /** Of a module whose parts are called {@code encoder}, {@code rnn} and {@code decoder}. */
    private static final PyTorchNames NAMES =
            PyTorchNames.plain().rename("encoder", "layer0").rename("rnn", "layer1").rename("decoder", "output");

    private static final int LENGTH = 20;

    private PyTorchWeights() {}

    /**
     * Prints a continuation.
     *
     * @param args the file, and the sizes of the layers, such as {@code embedding:64/lstm:2x256}
     * @throws IOException if the file is missing, damaged or does not fit
     */
    public static void main(String... args) throws IOException {
        System.out.println(run(Path.of(args[0]), args[1]));
    }

    /**
     * Begins with id 0, and takes the likeliest next id again and again.
     *
     * @param file of the weights
     * @param layers such as {@code embedding:64/lstm:2x256}
     * @return the ids
     * @throws IOException if the file is missing, damaged or does not fit
     */
    public static List<Integer> run(Path file, String layers) throws IOException {
        try (PyTorchCheckpoint checkpoint = PyTorchCheckpoint.open(file, NAMES);
                DeepRnn network = checkpoint.network(layers, WorkerPool.common());
                CarriedState state = network.newState(1)) {
            return Stream.iterate(0, id -> likeliest(network.predict(state, new Ids(id)))).limit(LENGTH).toList();
        }
    }

    private static int likeliest(Frames logits) {
        int best = 0;
        for (int i = 1; i < logits.columns(); i++) {
            best = logits.get(0, i) > logits.get(0, best) ? i : best;
        }
        return best;
    }
}
