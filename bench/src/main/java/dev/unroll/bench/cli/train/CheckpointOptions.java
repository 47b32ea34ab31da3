package dev.unroll.bench.cli.train;

import dev.unroll.rnn.train.Checkpoints;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of {@code unroll train} about checkpoints, which are made wherever {@code --out} says. */
final class CheckpointOptions {
    private static final Pattern INTERVAL = Pattern.compile("([0-9]{1,6})([smhu])");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "TIME",
            description = "How often a checkpoint is saved, from which the training can be resumed: 30s, 10m, 1h,"
                    + " 500u for every 500"
                    + " updates, or off (default: as often as costs at most 1%% of the time, every 30 s at the most).")
    private String every;

    @Option(names = "--keep", paramLabel = "N", description = "Number of checkpoints to keep (default: 2).")
    private Integer keep;

    @Option(
            names = "--resume",
            description = "Resume the training that was stopped in --out; start it if there is none.")
    private boolean resume;

    /** Refuses options that need a folder if there is none. */
    void requireFolder(Path outOrNull) {
        if (outOrNull == null && (every != null || keep != null || resume)) {
            throw wrong("--checkpoint-every, --keep and --resume go with --out, where the checkpoints are; add it");
        }
        if (isOff() && (keep != null || resume)) {
            throw wrong("--checkpoint-every off makes no checkpoints; leave --keep and --resume out");
        }
        if (keep != null && keep < 1) {
            throw wrong("--keep must be at least 1, not " + keep);
        }
        if (every != null && !isOff()) {
            requireInterval();
        }
    }

    /** Refuses an interval of time, on which workers with clocks of their own cannot agree. */
    void requireUpdates() {
        if (every != null && !isOff() && !every.toLowerCase(Locale.ROOT).endsWith("u")) {
            throw wrong("--checkpoint-every " + every + " is a time, and workers agree on numbers of updates only;"
                    + " give such as 500u");
        }
    }

    private void requireInterval() {
        Matcher matcher = interval();
        if (!matcher.matches()) {
            throw wrong(
                    "--checkpoint-every must be a number with s, m, h or u, such as 10m or 500u, or off, not " + every);
        }
        if (Long.parseLong(matcher.group(1)) == 0) {
            throw wrong("--checkpoint-every must be at least 1, not " + every + "; give 1u for a checkpoint at every"
                    + " update, or off for none");
        }
    }

    /** Tells whether this process is part of a longer training, of which its model alone would be of no use. */
    boolean isResuming() {
        return resume;
    }

    boolean isOff() {
        return "off".equalsIgnoreCase(every);
    }

    private Matcher interval() {
        return INTERVAL.matcher(every.toLowerCase(Locale.ROOT));
    }

    /** Sets up checkpoints and resumes them if that is wanted. */
    void apply(Checkpoints checkpoints, Path out, PrintWriter err) throws IOException {
        checkpoints.warnings(message -> {
            err.println(message);
            err.flush();
        });
        if (keep != null) {
            checkpoints.keep(keep);
        }
        if (every != null && !isOff()) {
            interval(checkpoints);
        }
        if (resume) {
            if (!checkpoints.resume()) {
                err.println("no checkpoint in " + out + "; the training begins");
            }
        } else if (checkpoints.hasUnfinished()) {
            throw new IllegalStateException(
                    out + " holds the checkpoint of a training that was stopped; add --resume to go"
                            + " on with it, or remove its folder " + TrainingRun.CHECKPOINTS);
        } else {
            checkpoints.clear();
        }
        if (!isOff()) {
            checkpoints.save(); // now it is known that it can be done
        }
    }

    private void interval(Checkpoints checkpoints) {
        Matcher matcher = interval();
        if (!matcher.matches()) {
            throw new IllegalStateException("not checked: " + every);
        }
        long count = Long.parseLong(matcher.group(1));
        switch (matcher.group(2)) {
            case "s" -> checkpoints.every(Duration.ofSeconds(count));
            case "m" -> checkpoints.every(Duration.ofMinutes(count));
            case "h" -> checkpoints.every(Duration.ofHours(count));
            default -> checkpoints.everyUpdates(count);
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
