package dev.unroll.bench.spark;

import dev.unroll.bench.cli.common.CommandLines;
import dev.unroll.bench.cli.train.TrainCommand;
import dev.unroll.bench.cli.train.WorkerPart;
import dev.unroll.rnn.io.ModelFolder;
import dev.unroll.rnn.parallel.Exchange;
import dev.unroll.rnn.parallel.ExchangeException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.spark.SparkFiles;
import picocli.CommandLine;

/**
 * {@code unroll train} as a worker runs it, when it is connected to the others.
 *
 * @param assignment what all workers are told
 * @param lines to the terminal of the driver
 * @param exchange with the others
 * @param seesFolder whether all workers see the driver's folder for the model; without it there are no checkpoints
 */
record WorkerTraining(Assignment assignment, ProgressLines lines, Exchange exchange, boolean seesFolder) {
    WorkerResult run(int processors) {
        Path own = null;
        try {
            own = Files.createTempDirectory("unroll-worker");
            return train(own, processors);
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            return WorkerResult.failed(e, isLost(e), lines.value());
        } finally {
            delete(own);
        }
    }

    private static boolean isLost(Throwable e) {
        return e instanceof ExchangeException || e.getCause() != null && isLost(e.getCause());
    }

    private WorkerResult train(Path own, int processors) throws IOException {
        Path model = own.resolve("model");
        Path json = own.resolve("results.json");
        Exception[] failure = new Exception[1];
        CommandLine command = CommandLines.configured(new CommandLine(new TrainCommand().as(part())))
                .setOut(writer('o', model))
                .setErr(writer('e', model))
                .setParameterExceptionHandler((e, _) -> noted(e, failure))
                .setExecutionExceptionHandler((e, _, _) -> noted(e, failure));
        int code = command.execute(arguments(model, json, processors).toArray(String[]::new));
        command.getOut().close();
        command.getErr().close();
        if (failure[0] != null) {
            return WorkerResult.failed(failure[0], isLost(failure[0]), lines.value());
        }
        Map<String, byte[]> files = isFirst() && !seesFolder ? files(model) : Map.of();
        byte[] results = isFirst() && Files.exists(json) ? Files.readAllBytes(json) : null;
        return new WorkerResult("", "", false, code, lines.value(), files, results);
    }

    private static int noted(Exception e, Exception... failure) {
        failure[0] = e;
        return CommandLine.ExitCode.SOFTWARE;
    }

    private boolean isFirst() {
        return exchange.worker() == 0;
    }

    private WorkerPart part() {
        Map<String, Path> files = new HashMap<>();
        assignment.files().forEach((name, kept) -> files.put(name, Path.of(SparkFiles.get(kept))));
        Duration patience = assignment.timeout().dividedBy(2);
        return new WorkerPart(exchange, files, patience);
    }

    private List<String> arguments(Path model, Path json, int processors) {
        List<String> arguments = new ArrayList<>(assignment.arguments());
        if (seesFolder) {
            arguments.addAll(List.of("--out", assignment.out()));
            arguments.addAll(assignment.checkpoints());
            if (assignment.resumes()) {
                arguments.add("--resume");
            }
        } else {
            arguments.addAll(List.of("--out", model.toString(), "--checkpoint-every", "off"));
        }
        if (assignment.writesJson()) {
            arguments.addAll(List.of("--json", json.toString()));
        }
        if (!assignment.hasThreads()) {
            arguments.addAll(List.of("--threads", String.valueOf(processors)));
        }
        return arguments;
    }

    /** The first worker prints; a folder of its own is called what it becomes on the driver's machine. */
    private PrintWriter writer(char stream, Path model) {
        Consumer<String> print = line -> lines.add(stream + line.replace(model.toString(), assignment.out()));
        if (isFirst() && stream == 'e' && !seesFolder) {
            print.accept(
                    "not all workers see " + assignment.out() + ": no checkpoints are made, and if a worker is lost the"
                            + " training begins anew");
        }
        return new PrintWriter(new LineWriter(isFirst() ? print : _ -> {}));
    }

    /** The files of a saved model, the description last, so that a reader finds both. */
    private static Map<String, byte[]> files(Path model) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String name : List.of(ModelFolder.NUMBERS, ModelFolder.DESCRIPTION)) {
            Path file = model.resolve(name);
            if (Files.exists(file)) {
                files.put(name, Files.readAllBytes(file));
            }
        }
        return files;
    }

    private static void delete(Path folderOrNull) {
        if (folderOrNull == null) {
            return;
        }
        try (Stream<Path> all = Files.walk(folderOrNull)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            // Spark's own folder for temporary files goes with the executor
        }
    }
}
