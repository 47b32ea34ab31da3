package dev.unroll.bench.cli.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.bench.cli.Call;
import dev.unroll.bench.cli.Scales;
import dev.unroll.bench.cli.common.CommandLines;
import dev.unroll.rnn.parallel.Exchange;
import dev.unroll.rnn.parallel.LocalExchange;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Trainings that are cut into shards, by one process and by workers in threads; those on Spark are in bench/spark. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class SharingTest {
    private static final String TEXT =
            "train --data text.txt --valid valid.txt --model gru:16:dropout=0.2 --optimizer adam"
                    + " --lr 0.01 --batch 8 --steps 10 --epochs 3 --shards 4";
    private static final String MUSIC =
            "train --data scales.mat --model dts:8,8 --batch 2 --steps 15 --epochs 3 --shards 2";

    @TempDir
    private Path temp;

    @BeforeEach
    void writeData() throws IOException {
        Files.writeString(temp.resolve("text.txt"), "round and round and round it goes. ".repeat(40));
        Files.writeString(temp.resolve("valid.txt"), "and it goes round. ".repeat(9));
        Scales.write(temp.resolve("scales.mat"));
    }

    private byte[] model(String out) throws IOException {
        return Files.readAllBytes(temp.resolve(out).resolve("model.safetensors"));
    }

    private String here(String command, String out) {
        return command.replace("text.txt", temp.resolve("text.txt").toString())
                .replace("valid.txt", temp.resolve("valid.txt").toString())
                .replace("scales.mat", temp.resolve("scales.mat").toString()) + " --out " + temp.resolve(out);
    }

    /** What the workers printed. */
    private List<String> share(int workers, String command, int code) throws Exception {
        Map<String, Path> files = Map.of(
                "text.txt", temp.resolve("text.txt"), "valid.txt", temp.resolve("valid.txt"),
                "scales.mat", temp.resolve("scales.mat"));
        List<Callable<String>> all = new ArrayList<>();
        for (Exchange exchange : LocalExchange.of(workers, Duration.ofMinutes(5))) {
            WorkerPart part = new WorkerPart(exchange, files, Duration.ofSeconds(1));
            all.add(() -> run(part, command.replaceFirst("train ", ""), code));
        }
        List<String> printed = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(workers)) {
            for (Future<String> worker : threads.invokeAll(all)) {
                printed.add(worker.get());
            }
        }
        return printed;
    }

    private static String run(WorkerPart part, String arguments, int code) {
        StringWriter printed = new StringWriter();
        try (Exchange _ = part.exchange()) {
            CommandLine line = CommandLines.configured(new CommandLine(new TrainCommand().as(part)))
                    .setOut(new PrintWriter(printed))
                    .setErr(new PrintWriter(printed))
                    .setExecutionExceptionHandler((e, command, _) -> {
                        command.getErr().println(e);
                        return 1;
                    });
            assertEquals(code, line.execute(arguments.split(" ")), printed::toString);
        }
        return printed.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {TEXT, MUSIC})
    void workersThatShareATrainingSaveTheModelOfOne(String command) throws Exception {
        Call one = Call.of(here(command + " --threads 1", "one").split(" "));
        assertEquals(0, one.code(), one.err());
        List<String> printed = share(2, command + " --threads 1 --checkpoint-every 5u --out " + temp.resolve("two"), 0);
        assertArrayEquals(model("one"), model("two"));
        assertTrue(printed.getFirst().contains("saved in " + temp.resolve("two")), printed::toString);
        assertFalse(printed.getLast().contains("saved in"), printed::toString);
    }

    @Test
    void aSharedTrainingIsResumedByAnotherNumberOfWorkers() throws Exception {
        Call one = Call.of(here(TEXT, "one").split(" "));
        assertEquals(0, one.code(), one.err());
        String out = " --threads 1 --out " + temp.resolve("many");
        share(4, TEXT.replace("epochs 3", "epochs 1") + out, 0);
        share(2, TEXT.replace("epochs 3", "epochs 2") + out + " --resume", 0);
        Call last = Call.of(here(TEXT + " --resume", "many").split(" "));
        assertEquals(0, last.code(), last.err());
        assertArrayEquals(model("one"), model("many"));
    }

    @Test
    void aDifferenceBetweenWorkersIsToldByAll() throws Exception {
        Map<String, Path> files = Map.of("text.txt", temp.resolve("text.txt"), "valid.txt", temp.resolve("valid.txt"));
        List<LocalExchange> exchanges = LocalExchange.of(2, Duration.ofMinutes(5));
        String arguments = TEXT.replaceFirst("train ", "") + " --threads 1 --out ";
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<String> other = threads.submit(() -> run(
                    new WorkerPart(exchanges.getLast(), files, Duration.ZERO),
                    arguments + temp.resolve("b") + " --seed 2", 1));
            String first = run(
                    new WorkerPart(exchanges.getFirst(), files, Duration.ZERO),
                    arguments + temp.resolve("a") + " --seed 3", 1);
            assertTrue(first.contains("worker 1") && first.contains("seed"), first);
            assertTrue(other.get().contains("worker 1") && other.get().contains("seed"), other.get());
        }
        assertFalse(Files.exists(temp.resolve("a/model.safetensors")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--shards 0 | --shards must be from 1 to 4096",
        "--shards 16 | --batch 8 has fewer sequences than there are shards, 16; give a larger",
        "--shards 4 --workers 2 | --workers, --spark-conf and --fetch go with --spark",
        "--shards 4 --fetch | go with --spark",
        "--spark local[2] | --batch 8 has fewer sequences than there are shards, 16",
        "--spark local[2] --shards 8 | --spark needs --workers; give a number that divides --shards 8",
        "--spark local[2] --shards 8 --workers 3 --out x | --workers 3 does not divide --shards 8",
        "--spark local[2] --shards 8 --workers 2 | --spark needs --out",
        "--spark local[2] --shards 8 --workers 2 --out x --timeout 0 | --timeout must be",
        "--spark local[2] --shards 8 --workers 2 --out x --checkpoint-every 5m | give such as 500u"})
    void whatDoesNotGoTogetherIsRefused(String options, String part) {
        Call.of(("train --data no.txt --batch 8 " + options).split(" ")).assertFailed(2, part);
    }

    @Test
    void whatIsMissingIsNamed() {
        String spark = "train --data no.txt --batch 8 --shards 8 --workers 2 --out x --spark ";
        Call.of((spark + "local[2]").split(" ")).assertFailed(1, "Spark is not fetched yet; add --fetch, once");
        Call.of((spark + "local[2] --fetch").split(" ")).assertFailed(1, "pom.xml is not there; start bench/unroll");
        Call.of((spark + "k8s://x").split(" ")).assertFailed(1, "by spark-submit");
        Call.of(here("train --data scales.mat --batch 4 --shards 4", "x").split(" "))
                .assertFailed(1, "the smallest batch of the data has 2 sequences, which cannot be cut into 4 shards");
    }
}
