package dev.unroll.bench.cli.pytorch;

import dev.unroll.bench.cli.common.ModelText;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.pytorch.PyTorchCheckpoint;
import dev.unroll.rnn.pytorch.PyTorchNames;
import dev.unroll.rnn.spec.ModelSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code unroll import}: makes a saved model of weights of PyTorch. */
@Command(
        name = "import",
        description = "Makes a saved model of the weights of PyTorch modules in a safetensors file. Its inputs and"
                + " outputs come from the shapes in the file; without output.weight in it the model is bare, as a mere"
                + " nn.RNN, nn.GRU or nn.LSTM is.",
        footer = {
            "",
            "Modules are named by the layer of the model that they begin with: layer0, layer1, ..., and output. A bare"
                    + " model of one module has names without any."},
        sortOptions = false)
public final class ImportCommand implements Callable<Integer> {
    private static final int MOST_NAMES = 5;

    @Spec
    private CommandSpec spec;

    @Option(names = "--from", required = true, paramLabel = "FILE", description = "The weights, NAME.safetensors.")
    private Path from;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "SPEC|FILE",
            description = "The layers, such as lstm:2x256:bidirectional, rnn:64:f=relu or embedding:64/gru:128; see"
                    + " unroll info --help.")
    private String model;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The folder of the saved model.")
    private Path out;

    @Option(
            names = "--prefix",
            defaultValue = "",
            paramLabel = "P",
            description = "Takes the tensors of this module of a larger model alone, such as encoder.rnn.")
    private String prefix;

    @Option(
            names = "--names",
            paramLabel = "FILE",
            description = "A JSON object with names of the file's modules or tensors, the prefix left out, and the names"
                    + " that are expected, or null for what is to be ignored:"
                    + " {\"encoder\": \"layer0\", \"decoder\": \"output\"}.")
    private Path names;

    @Override
    public Integer call() throws IOException {
        ModelSpec layers = ModelText.parse(model, 1, 1, spec.commandLine());
        PyTorchNames given = PyTorchNames.plain().prefix(prefix);
        try (PyTorchCheckpoint checkpoint =
                PyTorchCheckpoint.open(from, names == null ? given : given.read(names));
                DeepRnn network = checkpoint.network(layers.text(), WorkerPool.common())) {
            network.requireSavable(out);
            network.save(out);
            PrintWriter log = spec.commandLine().getOut();
            log.printf(Locale.ROOT, "%s, %,d parameters of %s%n", network.spec(), network.parameters().count(),
                    network.type());
            say(log, "skipped", checkpoint.skipped().entrySet().stream()
                    .map(tensor -> Shown.brief(tensor.getKey()) + " (" + tensor.getValue() + ")").toList());
            say(log, "ignored", checkpoint.ignored().stream().map(Shown::brief).toList());
            log.flush();
        }
        return 0;
    }

    private static void say(PrintWriter log, String what, Collection<String> names) {
        if (!names.isEmpty()) {
            String listed = names.stream().limit(MOST_NAMES).collect(Collectors.joining(", "));
            int more = names.size() - MOST_NAMES;
            log.println(what + ": " + listed + (more > 0 ? " and " + more + " more" : ""));
        }
    }
}
