package dev.unroll.rnn.pytorch;

import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.model.DeepRnn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Runs a network on tensors of a file, as PyTorch runs the modules that the network stands for, and writes what they give
 * to another file. Both are in the safetensors format.
 *
 * <table>
 * <caption>Tensors of the two files, for T steps of B sequences, F inputs, O outputs, L layers of H units in D directions,
 * and P units of a projection, or H without one</caption>
 * <tr><th>file</th><th>name</th><th>shape</th><th>content</th></tr>
 * <tr><td>input</td><td>{@code x}</td><td>[T, B, F], or [T, B]</td><td>numbers, or ids of I32 or I64</td></tr>
 * <tr><td>input</td><td>{@code h0}, {@code c0}</td><td>[L D, B, P], [L D, B, H]</td><td>initial states; zeros if they are
 * not there</td></tr>
 * <tr><td>input</td><td>{@code lengths}</td><td>[B]</td><td>of the sequences, I32 or I64; all T if it is not there</td></tr>
 * <tr><td>input</td><td>{@code dy}</td><td>[T, B, O]</td><td>the gradient of y; padding is not read</td></tr>
 * <tr><td>output</td><td>{@code y}</td><td>[T, B, O]</td><td>the outputs, zeros in padding</td></tr>
 * <tr><td>output</td><td>{@code h_n}, {@code c_n}</td><td>as h0, c0</td><td>the states after the last step of each
 * sequence</td></tr>
 * <tr><td>output</td><td>{@code grad.NAME}</td><td>as the tensor</td><td>with gradients: of every parameter under PyTorch's
 * name, of {@code x} if it is numbers, and of {@code h0} and {@code c0} if they are given</td></tr>
 * </table>
 *
 * <p>Batch first, x, y and dy are [B, T, ...]. In a network of several recurrent modules the names of states have those of
 * the modules before them, such as {@code layer1.h0}. Only an LSTM has a second state, {@code c}. The numbers written are
 * of the type of the network; those read may be of another type.
 *
 * <p>Immutable. One thread at a time may use a network.
 */
public final class PyTorchRun {
    private final DeepRnn network;
    private final boolean isBatchFirst;
    private final boolean hasGradients;

    /**
     * A run without gradients, of x that is [T, B, F].
     *
     * @param network to run; stays the caller's to close
     * @throws IllegalArgumentException if PyTorch has no module for a layer
     * @throws IllegalStateException if a layer is a user's own
     */
    public PyTorchRun(DeepRnn network) {
        this(Nulls.require("PyTorchRun", "network", network), false, false);
        PyTorchModule.of(network.spec());
    }

    private PyTorchRun(DeepRnn network, boolean isBatchFirst, boolean hasGradients) {
        this.network = network;
        this.isBatchFirst = isBatchFirst;
        this.hasGradients = hasGradients;
    }

    /**
     * Returns this run with the order of the sizes of x, y and dy.
     *
     * @param isFirst whether they are [B, T, ...], as with {@code batch_first=True}
     * @return another run
     */
    public PyTorchRun batchFirst(boolean isFirst) {
        return new PyTorchRun(network, isFirst, hasGradients);
    }

    /**
     * Returns this run with or without gradients.
     *
     * @param wanted whether to compute gradients from dy
     * @return another run
     */
    public PyTorchRun gradients(boolean wanted) {
        return new PyTorchRun(network, isBatchFirst, wanted);
    }

    /**
     * Runs the network. Gradients of parameters that it had are lost if there are new ones.
     *
     * @param input the file with x
     * @param output the file to be replaced, or made, with y
     * @throws MalformedFileException if the input is no sound file, lacks a tensor, or has one of another name, type or
     *     shape, or with a number that is not finite outside padding
     * @throws IllegalStateException if the network is closed or another thread uses it
     * @throws IOException if reading or writing fails
     */
    public void run(Path input, Path output) throws IOException {
        Nulls.require("PyTorchRun.run", "input", input);
        Nulls.require("PyTorchRun.run", "output", output);
        TensorFile written = new TensorFile(network.type());
        try (Safetensors file = Safetensors.open(input)) {
            RunInput given = new RunInput(file, network, isBatchFirst);
            given.requireKnown();
            try (var _ = network.reserve("a run"); ModulePass pass = new ModulePass(network, given, hasGradients)) {
                pass.run(written);
            }
        }
        written.write(output, Map.of());
    }
}
