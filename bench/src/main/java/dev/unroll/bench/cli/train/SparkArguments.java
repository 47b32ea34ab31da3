package dev.unroll.bench.cli.train;

import dev.unroll.bench.cli.common.CommandLines;
import dev.unroll.bench.cli.common.DataNames;
import dev.unroll.bench.dataset.TextFiles;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.rnn.spec.ModelSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The arguments of {@code unroll train --spark}: as the driver reads them, and as it hands them on to the workers. */
public final class SparkArguments {
    private static final String VERBOSE = "--verbose";

    /** Those that only the driver needs, and those that it words anew. */
    private static final Set<String> OF_THE_DRIVER = Set.of(
            "--spark", "--workers", "--timeout", "--spark-conf", "--fetch", SharingOptions.SHARDS, "--data-dir",
            "--out",
            "--json", "--resume", "--checkpoint-every", "--keep", VERBOSE);

    private static final Set<String> OF_CHECKPOINTS = Set.of("--checkpoint-every", "--keep");

    private final CommandLine line;
    private final TrainCommand train;
    private final boolean isVerbose;

    private SparkArguments(CommandLine line, TrainCommand train, boolean isVerbose) {
        this.line = line;
        this.train = train;
        this.isVerbose = isVerbose;
    }

    /**
     * Reads arguments, and refuses what does not go together before anything starts.
     *
     * @param masterOrNull that of the configuration, for arguments that name none
     * @param args of {@code unroll train}
     * @throws ParameterException if they are wrong
     * @throws IOException if a file cannot be read, or results not be written
     */
    public static SparkArguments parse(String masterOrNull, String... args) throws IOException {
        TrainCommand train = new TrainCommand();
        CommandLine line = CommandLines.configured(new CommandLine(train));
        List<String> all = new ArrayList<>(List.of(args));
        boolean isVerbose = all.removeIf(VERBOSE::equals);
        line.parseArgs(all.toArray(String[]::new));
        if (train.sharing.master == null) {
            train.sharing.master = masterOrNull;
        }
        if (!train.sharing.isOnSpark()) {
            throw new ParameterException(line, "no master is given; add --spark, or start this by spark-submit");
        }
        train.settings();
        if (train.options.json != null) {
            ReportFile.requireWritable(train.options.json);
        }
        return new SparkArguments(line, train, isVerbose);
    }

    /** Returns the arguments of a call, those before the name of the command among them. */
    static List<String> given(CommandLine command) {
        List<String> arguments = new ArrayList<>();
        for (CommandSpec spec = command.getCommandSpec(); spec != null; spec = parent(spec)) {
            for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
                arguments.addAll(given(option));
            }
        }
        return arguments;
    }

    private static CommandSpec parent(CommandSpec spec) {
        return spec.parent();
    }

    private static List<String> given(OptionSpec option) {
        return option.arity().max() == 0
                ? List.of(option.longestName())
                : given(option.longestName(), option.originalStringValues().stream());
    }

    private static List<String> given(String name, Stream<String> values) {
        return values.flatMap(value -> Stream.of(name, value)).toList();
    }

    public String master() {
        return train.sharing.master;
    }

    public int workers() {
        return train.sharing.workers();
    }

    /** Returns how long workers wait for one another. */
    public Duration timeout() {
        return Duration.ofSeconds(train.sharing.timeout);
    }

    /** Returns properties of Spark's configuration. */
    public Map<String, String> configuration() {
        return train.sharing.configuration;
    }

    public boolean isVerbose() {
        return isVerbose;
    }

    /** Returns the folder of the model. */
    public Path out() {
        return train.options.out.toAbsolutePath().normalize();
    }

    /** Returns the folder of the checkpoints. */
    public Path checkpoints() {
        return out().resolve(TrainingRun.CHECKPOINTS);
    }

    public Path jsonOrNull() {
        return train.options.json;
    }

    /** Returns whether a training that was stopped is to be resumed. */
    public boolean isResuming() {
        return train.checkpoints.isResuming();
    }

    /** Returns whether threads are chosen, other than as many as a worker has processors. */
    public boolean hasThreads() {
        return line.getParseResult().hasMatchedOption("--threads");
    }

    /**
     * Finds the files of {@code --data} and {@code --valid}, and downloads published ones.
     *
     * @return by the names that the options give
     * @throws IOException if one is missing
     */
    public Map<String, Path> files() throws IOException {
        TrainOptions options = train.options;
        Map<String, Path> files = new LinkedHashMap<>();
        if (options.isDemo()) {
            options.requireDemo();
        } else {
            if (options.isMusic()) {
                options.requireMusic();
            } else {
                options.requireText();
            }
            List<Path> found = DataNames.files(options.data, options.dataDir);
            for (int i = 0; i < found.size(); i++) {
                files.put(options.data.get(i), found.get(i));
            }
        }
        options.heldOut.forEach(file -> files.put(file.toString(), file));
        for (Map.Entry<String, Path> file : files.entrySet()) {
            requireFile(file.getKey(), file.getValue());
        }
        return files;
    }

    private static void requireFile(String name, Path file) throws IOException {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new NoSuchFileException(name, null, "no such file, or it cannot be read; check the path");
        }
        if (name.contains(",")) {
            throw new NoSuchFileException(name, null, "a worker takes its comma for the end of a name; rename it");
        }
    }

    /**
     * Returns the arguments of every worker, without those about checkpoints, {@code --out} and {@code --json}.
     *
     * @throws IOException if the file of {@code --model} cannot be read
     */
    public List<String> ofWorkers() throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of(SharingOptions.SHARDS, String.valueOf(train.sharing.shards())));
        for (OptionSpec option : line.getParseResult().matchedOptions()) {
            String name = option.longestName();
            if (!OF_THE_DRIVER.contains(name)) {
                arguments.addAll(switch (name) {
                    case "--data" -> given(name, train.options.data.stream());
                    case "--valid" -> given(name, train.options.heldOut.stream().map(Path::toString));
                    case "--start-from" -> List.of(name, absolute(option));
                    case "--model" -> List.of(name, contents(option));
                    default -> given(option);
                });
            }
        }
        return arguments;
    }

    /** Returns the arguments about checkpoints, without {@code --resume}. */
    public List<String> ofCheckpoints() {
        return line.getParseResult().matchedOptions().stream()
                .filter(option -> OF_CHECKPOINTS.contains(option.longestName()))
                .flatMap(option -> given(option).stream())
                .toList();
    }

    /** A folder that every worker must see at the same place. */
    private static String absolute(OptionSpec option) {
        return Path.of(option.originalStringValues().getLast()).toAbsolutePath().toString();
    }

    private static String contents(OptionSpec option) throws IOException {
        String textOrFile = option.originalStringValues().getLast();
        try {
            Path file = Path.of(textOrFile);
            return Files.isRegularFile(file) ? TextFiles.read(file, ModelSpec.MAX_TEXT) : textOrFile;
        } catch (InvalidPathException e) { // it is no file
            return textOrFile;
        }
    }
}
