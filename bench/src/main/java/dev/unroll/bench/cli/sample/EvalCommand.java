package dev.unroll.bench.cli.sample;

import dev.unroll.bench.cli.common.DataNames;
import dev.unroll.bench.cli.common.FileList;
import dev.unroll.bench.cli.common.ModelOption;
import dev.unroll.bench.cli.common.Split;
import dev.unroll.bench.cli.train.MusicSubject;
import dev.unroll.bench.dataset.PianoRolls;
import dev.unroll.bench.dataset.TextFiles;
import dev.unroll.bench.music.MusicSampler;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Sequences;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.text.TextEncoder;
import dev.unroll.rnn.text.Tokens;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code unroll eval}: how well a saved model predicts a text, or music. */
@Command(
        name = "eval",
        description = "Prints the perplexity of a text under a saved model, with every token predicted from all tokens"
                + " before it; or the nats per frame of piano-rolls.",
        sortOptions = false)
public final class EvalCommand implements Callable<Integer> {
    private static final int COMPARED_STEPS = 100;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOption model;

    private List<String> data;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "FILE,...|NAME,...",
            description = "The text, in UTF-8; or a piano-roll file, NAME.mat; or " + DataNames.HELP
                    + ". May be repeated.")
    private void setData(List<String> given) {
        data = given == null ? List.of() : FileList.names(given);
    }

    @Option(names = "--data-dir", paramLabel = "DIR", description = DataNames.FOLDER)
    private Path dataDir;

    @Option(
            names = "--split",
            paramLabel = "train|valid|test",
            description = "Which pieces of a piano-roll file (default: valid).")
    private Split split;

    @Option(
            names = "--bf16",
            description = "Evaluate once more with the weights rounded to bfloat16, and print what changes.")
    private boolean bfloat16;

    @Override
    public Integer call() throws IOException {
        DataNames.check(data, dataDir, spec.commandLine());
        if (DataNames.isMusic(data)) {
            music();
        } else if (split != null) {
            throw new ParameterException(spec.commandLine(), "--split is of piano-roll files; leave it out");
        } else {
            text();
        }
        return 0;
    }

    private void text() throws IOException {
        try (LanguageModel loaded = model.load()) {
            List<Path> files = DataNames.files(data, dataDir);
            Tokens text = TextFiles.read(files, TextEncoder.of(loaded.vocabulary()));
            if (text.size() < 2) {
                throw new FileSystemException(files.getFirst().toString(), null, "has " + text.size()
                        + " tokens; a perplexity needs at least 2 tokens, the second of which is predicted");
            }
            double perplexity = loaded.perplexity(text);
            requireFinite("perplexity", perplexity);
            print("perplexity %.4f over %,d tokens%n", perplexity, text.size() - 1);
            if (bfloat16) {
                compare(loaded, text, perplexity);
            }
        }
    }

    private void compare(LanguageModel f32, Tokens text, double before) throws IOException {
        requireF32(f32.network());
        try (LanguageModel bf16 = model.load()) {
            bf16.network().toBfloat16();
            double after = bf16.perplexity(text);
            requireFinite("perplexity", after);
            print("perplexity %.4f with weights in bfloat16, %+.4f%%%n", after, 100 * (after / before - 1));
            printDifference(f32.network(), bf16.network(), text.whole(COMPARED_STEPS));
        }
    }

    private void compare(DeepRnn f32, List<Batch> batches, double before) throws IOException {
        requireF32(f32);
        try (DeepRnn bf16 = model.loadNetwork().toBfloat16()) {
            double after = Evaluation.of(bf16, Task.everyStep(Loss.bernoulli()), batches);
            requireFinite("mean loss", after);
            print("%.4f nats per frame with weights in bfloat16, %+.4f%n", after, after - before);
            printDifference(f32, bf16, batches);
        }
    }

    private static void requireF32(DeepRnn network) {
        if (network.parameters().isBfloat16()) {
            throw new IllegalStateException("the weights of this model are in bfloat16 already, so there is nothing to"
                    + " compare them with; leave --bf16 out, or give the F32 model");
        }
    }

    private void printDifference(DeepRnn f32, DeepRnn bf16, List<Batch> batches) {
        print("largest difference of an output before the last nonlinearity: %.3g%n",
                OutputDifference.largest(f32, bf16, batches));
    }

    private void music() throws IOException {
        try (DeepRnn network = model.loadNetwork()) {
            MusicSampler.requireMusic(network);
            List<Frames> pieces = (split == null ? Split.VALID : split)
                    .of(PianoRolls.read(DataNames.files(data, dataDir).getFirst()));
            List<Batch> batches = MusicSubject.evaluation(new Sequences(pieces));
            double nats = Evaluation.of(network, Task.everyStep(Loss.bernoulli()), batches);
            double frames = batches.stream().mapToDouble(Batch::predicted).sum();
            requireFinite("mean loss", nats);
            print("%.4f nats per frame over %,.0f frames%n", nats, frames);
            if (bfloat16) {
                compare(network, batches, nats);
            }
        }
    }

    private static void requireFinite(String what, double figure) {
        if (!Double.isFinite(figure)) {
            throw new ArithmeticException("the " + what + " is " + figure + ", which is no result: the model gives some"
                    + " token no probability, or its outputs are not finite; train it again with a lower rate");
        }
    }

    private void print(String format, Object... values) {
        spec.commandLine().getOut().printf(Locale.ROOT, format, values);
        spec.commandLine().getOut().flush();
    }
}
