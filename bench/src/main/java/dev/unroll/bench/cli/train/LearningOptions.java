package dev.unroll.bench.cli.train;

import dev.unroll.bench.cli.common.RecomputeOption;
import dev.unroll.bench.cli.train.Recipe.Settings;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.init.Initialization;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Optimizer;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.spec.PaperTask;
import dev.unroll.rnn.text.Vocabulary;
import dev.unroll.rnn.train.EarlyStopping;
import dev.unroll.rnn.train.Schedule;
import dev.unroll.rnn.train.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of {@code unroll train} that say how a network begins and learns, besides optimizer and rate. */
final class LearningOptions {
    /** Schedules that need held-out data. */
    private static final List<String> OF_VALIDATION = List.of("halve", "inverse");

    /** That of Pascanu et al. 2014. */
    private static final double START_RATE = 0.1;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            description = "How the rate changes: constant, step:FACTOR:UPDATES, cosine:UPDATES, halve (and go back to"
                    + " the best epoch, when the validation does not improve), inverse:BETA[:PATIENCE] (1 / (1 + (t -"
                    + " t0) / BETA) in update t, t0 the first rise of the validation loss, or when PATIENCE"
                    + " validations in a row were worse than the best).")
    private String schedule = "constant";

    @Option(names = "--warm-up", paramLabel = "UPDATES",
            description = "Start with a small rate that grows linearly over these updates.")
    private Long warmUp;

    @Option(names = "--clip-value", paramLabel = "SIZE",
            description = "Largest absolute value of an element of a gradient.")
    private Double clipValue;

    @Option(
            names = "--weight-noise",
            paramLabel = "SIGMA",
            description = "Standard deviation of noise on all weights, drawn anew for every update.")
    private double weightNoise;

    @Option(
            names = "--average",
            paramLabel = "DECAY",
            description = "Keep a moving average of the parameters, of about the last 1 / (1 - DECAY) updates, such as"
                    + " 0.999: the average is validated and saved, and does not change the training itself. Without"
                    + " held-out data the epoch with the lowest training loss is kept.")
    private Double average;

    @Option(
            names = "--weight-decay",
            paramLabel = "DECAY",
            description = "Decoupled weight decay: every update subtracts DECAY times the rate times the parameter"
                    + " (default: 0).")
    private double weightDecay;

    @Option(names = "--accumulate", paramLabel = "N", description = "Batches per update (default: 1).")
    private int accumulate = 1;

    @Option(
            names = "--recompute",
            paramLabel = "STEPS|auto",
            converter = RecomputeOption.Converter.class,
            description = "Recompute the activations of batches longer than this in segments of so many steps, or of"
                    + " about the square root of --steps, instead of keeping all of them: long sequences take little"
                    + " memory, and up to a third more time.")
    private RecomputeOption recompute;

    @Option(
            names = "--patience",
            paramLabel = "EPOCHS",
            description = "Stop after this many epochs in a row without improvement.")
    private Integer patience;

    @Option(
            names = "--init",
            paramLabel = "NAME",
            description = "How weights are initialized: usual, glorot, orthogonal, or as Pascanu et al. 2014 have it"
                    + " for nottingham, jsb_chorales, muse_data, ptb_characters or ptb_words (default: glorot for"
                    + " music, usual for texts).")
    private String init;

    @Option(
            names = "--start-from",
            paramLabel = "DIR",
            description = "A saved model with the same lowest layers, whose parameters are copied.")
    private Path startFrom;

    @Option(
            names = "--start-rate",
            paramLabel = "FACTOR",
            description = "Factor of the learning rate of the copied parameters (default: " + START_RATE + ").")
    private Double startRate;

    /** Returns the initialization of a network; the default is that of the recipe. */
    Initialization initialization(ModelSpec model, String ofRecipe) {
        return switch (init == null ? ofRecipe : init.toLowerCase(Locale.ROOT)) {
            case "usual" -> Initialization.USUAL;
            case "glorot" -> ofMatrices(Initializer.glorot());
            case "orthogonal" -> ofMatrices(Initializer.orthogonal());
            default -> task().initialization(model);
        };
    }

    private static Initialization ofMatrices(Initializer initializer) {
        return (_, usual, shape) -> shape.length == 1 ? usual : initializer;
    }

    private PaperTask task() {
        for (PaperTask task : PaperTask.values()) {
            if (task.name().equalsIgnoreCase(init)) {
                return task;
            }
        }
        throw wrong("--init " + init + " is not known; known are usual, glorot, orthogonal and "
                + Arrays.toString(PaperTask.values()).toLowerCase(Locale.ROOT));
    }

    Optimizer optimizer(Settings settings) {
        return checked("--weight-decay", () -> settings.optimizer().with(settings.rate(), weightDecay));
    }

    Clip clip(double norm) {
        if (clipValue == null) {
            return Clip.norm(norm);
        }
        return checked("--clip-value", () -> new Clip(norm, clipValue));
    }

    /** A trainer that learns as these options say. */
    void configure(Trainer trainer, boolean hasValidation) {
        checked("--weight-noise", () -> trainer.weightNoise(weightNoise));
        if (average != null) {
            checked("--average", () -> trainer.average(average));
        }
        checked("--accumulate", () -> trainer.accumulate(accumulate));
        if (recompute != null) {
            checked("--recompute",
                    () -> recompute.isAuto() ? trainer.recompute() : trainer.recompute(recompute.steps()));
        }
        String[] parts = schedule.toLowerCase(Locale.ROOT).split(":");
        if (OF_VALIDATION.contains(parts[0]) && !hasValidation) {
            throw wrong("--schedule " + schedule
                    + " needs held-out data; name it with --valid (the demo has none)");
        }
        Schedule chosen = checked("--schedule " + schedule, () -> schedule(parts));
        trainer.schedule(warmUp == null ? chosen : checked("--warm-up", () -> chosen.warmedUp(warmUp)));
    }

    private static Schedule schedule(String... parts) {
        return switch (parts[0] + "/" + (parts.length - 1)) {
            case "constant/0" -> Schedule.constant();
            case "halve/0" -> Schedule.halveOnPlateau();
            case "inverse/1" -> Schedule.inverseAfterRise(number(parts[1]));
            case "inverse/2" -> Schedule.inverseAfterRise(number(parts[1]), validations(parts[2]));
            case "cosine/1" -> Schedule.cosine(updates(parts[1]), 0);
            case "step/2" -> Schedule.stepDecay(number(parts[1]), updates(parts[2]));
            default ->
                    throw new IllegalArgumentException(
                            "expected constant, step:FACTOR:UPDATES, cosine:UPDATES, halve or inverse:BETA[:PATIENCE]");
        };
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException("expected a number, not " + Shown.quote(text));
        }
    }

    private static int validations(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException(
                    "expected a whole number of validations, not " + Shown.quote(text));
        }
    }

    private static long updates(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException("expected a whole number of updates, not " + Shown.quote(text));
        }
    }

    /** Returns what a checkpoint must have been made with, besides what the trainer knows. */
    Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("patience", patience);
        facts.put("init", init);
        facts.put("start", startFrom == null ? null : startFrom.toAbsolutePath().normalize().toString());
        facts.put("start rate", startRate);
        return facts;
    }

    EarlyStopping best(Parameters parameters) {
        EarlyStopping best = new EarlyStopping(parameters);
        if (patience == null) {
            return best;
        }
        try {
            return checked("--patience", () -> best.patience(patience));
        } catch (ParameterException e) {
            best.close();
            throw e;
        }
    }

    /** Takes over what the lowest layers of another model have learned, as long as they are the same here. */
    void start(DeepRnn network, Vocabulary vocabularyOrNull, WorkerPool pool) throws IOException {
        if (startFrom == null) {
            if (startRate != null) {
                throw wrong("--start-rate goes with --start-from; add it or leave this out");
            }
            return;
        }
        if (vocabularyOrNull != null) {
            checkVocabulary(vocabularyOrNull, pool);
        }
        try (DeepRnn trained = DeepRnn.load(startFrom, pool)) {
            List<Parameter> taken = new ArrayList<>();
            ModelSpec here = network.spec();
            ModelSpec there = trained.spec();
            int most = here.inputs() == there.inputs() ? Math.min(here.layers().size(), there.layers().size()) : 0;
            for (int l = 0; l < most && here.layers().get(l).equals(there.layers().get(l)); l++) {
                taken.addAll(network.parameters().copyFrom(trained.parameters(), "layer" + l + "."));
            }
            if (taken.isEmpty()) {
                throw new IllegalArgumentException("--start-from " + startFrom + " is " + there
                        + ", whose lowest layer is not that of " + here + "; give one that begins alike");
            }
            for (Parameter parameter : taken) {
                checked("--start-rate", () -> {
                    parameter.learningRateMultiplier(startRate == null ? START_RATE : startRate);
                    return null;
                });
            }
        }
    }

    /** An id that stands for another token here would make nonsense of all that was learned. */
    private void checkVocabulary(Vocabulary vocabulary, WorkerPool pool) throws IOException {
        try (LanguageModel trained = LanguageModel.load(startFrom, pool)) {
            if (!trained.vocabulary().equals(vocabulary)) {
                throw new IllegalArgumentException("--start-from " + startFrom + " has another vocabulary, "
                        + trained.vocabulary() + ", than this text, " + vocabulary
                        + "; give a model of the same tokens");
            }
        }
    }

    /** Turns what the library refuses into a usage error. */
    private <T> T checked(String option, Supplier<T> call) {
        try {
            return call.get();
        } catch (IllegalArgumentException e) {
            throw wrong(option + ": " + e.getMessage());
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
