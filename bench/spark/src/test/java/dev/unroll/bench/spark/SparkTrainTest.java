package dev.unroll.bench.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.unroll.bench.cli.train.SparkProcess;
import dev.unroll.rnn.io.Shown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code unroll train --spark} as a user starts it, on clusters whose executors are processes of this machine: the model has
 * the bits of one process, whatever happens to executors, and what goes wrong is told in one line.
 */
class SparkTrainTest {
    private static final String TEXT = "--data text.txt --valid valid.txt --model gru:16:dropout=0.2 --optimizer adam"
            + " --lr 0.01 --batch 8 --steps 10 --shards 4 --checkpoint-every 20u --epochs ";

    /** Long enough for something to happen in its middle. */
    private static final String LONG = TEXT + 60;

    @TempDir
    private static Path temp;

    /** The model of one process after many epochs. */
    private static byte[] undisturbed;

    private SparkRun running;

    @BeforeAll
    static void trainInOneProcess() throws Exception {
        Files.writeString(temp.resolve("text.txt"),
                "round and round and round it goes, and where it stops. ".repeat(60));
        Files.writeString(temp.resolve("valid.txt"), "and where it is, it goes round. ".repeat(9));
        undisturbed = model(ended(LONG + " --out undisturbed", 0), "undisturbed");
    }

    @AfterEach
    void endAll() {
        if (running != null) {
            running.end();
        }
    }

    private static SparkRun ended(String arguments, int code) throws Exception {
        SparkRun run = SparkRun.start(temp, "train " + arguments);
        assertEquals(code, run.awaitEnd(), run::output);
        return run;
    }

    private static byte[] model(SparkRun run, String out) throws IOException {
        Path file = temp.resolve(out).resolve("model.safetensors");
        assertTrue(Files.exists(file), run::output);
        return Files.readAllBytes(file);
    }

    /** The last checkpoint of a training that runs, empty for none. */
    private static String checkpoint(String out) throws IOException {
        Path folder = temp.resolve(out).resolve("checkpoints");
        if (!Files.isDirectory(folder)) {
            return "";
        }
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("checkpoint-\\d+\\.safetensors"))
                    .max(String::compareTo)
                    .orElse("");
        }
    }

    /** Starts the long training, and returns when two checkpoints were made. */
    private void startLong(String out, String more) throws Exception {
        running = SparkRun.start(temp,
                "train " + LONG + " --spark local-cluster[2,1,1024] --workers 2 --timeout 15 --out "
                        + out + more);
        String first = "checkpoint-000000000000.safetensors";
        while (checkpoint(out).compareTo(first) <= 0) {
            assertTrue(running.isAlive(), running::output);
            Thread.sleep(10);
        }
    }

    private void assertUndisturbed(String out) throws Exception {
        assertEquals(0, running.awaitEnd(), running::output);
        assertArrayEquals(undisturbed, model(running, out), running::output);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void anyNumberOfWorkersGivesTheBitsOfOneProcess(int workers) throws Exception {
        String one = "one" + workers;
        byte[] expected = model(ended(TEXT + "3 --out " + one, 0), one);
        String out = "shared" + workers;
        SparkRun shared =
                ended(TEXT + "3 --spark local-cluster[" + workers + ",1,1024] --workers " + workers + " --json "
                        + out + ".json --out " + out, 0);
        assertArrayEquals(expected, model(shared, out));
        assertTrue(shared.output().contains("epoch 3/3, perplexity "), shared::output);
        assertTrue(shared.output().contains("saved in " + temp.resolve(out)), shared::output);
        assertFalse(shared.output().contains("\tat "), shared::output);
        assertTrue(Files.readString(temp.resolve(out + ".json")).contains("\"data\" : [ \"text.txt\" ]"));
    }

    @Test
    void anExecutorThatIsKilledChangesNoBit() throws Exception {
        startLong("killed", "");
        running.executors().getFirst().destroyForcibly();
        assertUndisturbed("killed");
        assertTrue(running.output().contains("; going on from the last checkpoint"), running::output);
        assertTrue(running.output().contains("going on after update "), running::output);
    }

    @Test
    void aTrainingThatIsInterruptedIsResumed() throws Exception {
        startLong("interrupted", "");
        running.interrupt();
        assertNotEquals(0, running.awaitEnd());
        assertTrue(running.output().contains("the same command with --resume goes on from it"), running::output);
        assertNotEquals("", checkpoint("interrupted"));
        String shared = LONG + " --spark local[4] --workers 4 --out interrupted"; // and a cluster of another kind
        ended(shared, 1).assertFailed("holds the checkpoint of a training that was stopped; add --resume");
        running = SparkRun.start(temp, "train " + shared + " --resume");
        assertUndisturbed("interrupted");
        assertTrue(running.output().contains("going on after update "), running::output);
    }

    @Test
    void aModelComesBackWhereWorkersDoNotSeeItsFolder() throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/cwd")), "needs a folder that every process has of its own");
        byte[] expected = model(ended(TEXT + "2 --out here", 0), "here");
        SparkRun run = ended(TEXT + "2 --spark local-cluster[2,1,1024] --workers 2 --out /proc/self/cwd/back", 0);
        assertArrayEquals(expected, model(run, "back"));
        assertTrue(run.output().contains("no checkpoints are made"), run::output);
        assertTrue(run.output().contains("saved in /proc/self/cwd/back"), run::output);
        SparkRun again = SparkRun.start(temp, "eval --model back --data text.txt");
        assertEquals(0, again.awaitEnd(), again::output);
        assertTrue(again.output().contains("perplexity"), again::output);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "2 | --spark local[2] --workers 3 | --workers 3 does not divide --shards 4",
        "2 | --spark local[2] --workers 2 --shards 16 | --batch 8 has fewer sequences than there are shards, 16",
        "2 | --spark local[2] | --spark needs --workers",
        "2 | --workers 2 | go with --spark",
        "1 | --spark yarn --workers 2 | by spark-submit",
        "1 | --spark spark://127.0.0.1:1 --workers 2 | cannot be reached",
        "1 | --spark local[2] --workers 4 | room for 2 of 4 workers",
        "1 | --spark local[2] --workers 2 --spark-conf spark.dynamicAllocation.enabled=true | set it to false",
        "1 | --spark local[2] --workers 2 --start-from nowhere | nowhere"})
    void whatCannotGoWellIsRefusedInOneLine(int code, String options, String part) throws Exception {
        String arguments = "--data text.txt --model gru:16 --batch 8 --out refused " + options;
        ended(options.contains("--shards") ? arguments : arguments + " --shards 4", code).assertFailed(part);
        assertFalse(Files.exists(temp.resolve("refused/model.safetensors")));
    }

    @Test
    void oldVersionsAreRefused() {
        assertThrows(IllegalStateException.class, () -> Requirements.requireSpark("3.5.7"));
        Requirements.requireSpark("4.0.0");
        Requirements.requireSpark("4.2.0-preview1");
        for (String version : List.of("17.0.18", "25", "25.0.2+10-LTS")) {
            IllegalStateException e = assertThrows(
                    IllegalStateException.class,
                    () -> SparkProcess.requireJava(Runtime.Version.parse(version), "executor x"));
            assertTrue(e.getMessage().contains("executor x runs on " + version), e.getMessage());
            assertTrue(e.getMessage().length() <= Shown.MAX_MESSAGE, e.getMessage());
        }
        for (String version : List.of("25.0.3", "25.0.3+9-LTS", "26-ea")) {
            SparkProcess.requireJava(Runtime.Version.parse(version), "executor x");
        }
    }

    @Tag("full")
    @Test
    void anExecutorThatFreezesChangesNoBit() throws Exception {
        startLong("frozen", "");
        ProcessHandle executor = running.executors().getLast();
        SparkRun.signal("STOP", executor);
        try {
            assertUndisturbed("frozen");
        } finally {
            executor.destroyForcibly();
        }
    }

    @Tag("full")
    @Test
    void connectionsOfSparkMayBeEncrypted() throws Exception {
        startLong("encrypted",
                " --spark-conf spark.authenticate=true --spark-conf spark.authenticate.secret=of-the-test"
                        + " --spark-conf spark.network.crypto.enabled=true");
        assertUndisturbed("encrypted");
    }

    @Tag("full")
    @Test
    void executorsThatAreKilledAtRandomMomentsChangeNoBit() throws Exception {
        Random random = new Random(11);
        int kills = 0;
        for (int training = 0; kills < 20; training++) {
            String out = "random" + training;
            running = SparkRun.start(temp, "train " + LONG + " --spark local-cluster[2,1,1024] --workers 2 --timeout 15"
                    + " --spark-conf spark.stage.maxConsecutiveAttempts=20 --out " + out);
            while (running.isAlive() && kills < 20) {
                Thread.sleep(random.nextInt(20_000));
                List<ProcessHandle> executors = running.executors();
                if (!executors.isEmpty()) {
                    executors.get(random.nextInt(executors.size())).destroyForcibly();
                    kills++;
                }
            }
            assertUndisturbed(out);
        }
    }

    @Tag("full")
    @ParameterizedTest
    @ValueSource(strings = {
        "timemachine --recipe d2l --shards 16 --epochs 5",
        "jsb --model dts:100,100,100 --batch 5 --shards 4 --epochs 2"})
    void publishedDataGiveTheSameBitsToo(String training) throws Exception {
        Path data = Path.of(System.getProperty("unroll.shared", ""), "data");
        assumeTrue(Files.isDirectory(data), "needs the published data in " + data);
        String arguments = "--data " + training + " --data-dir " + data + " --out ";
        String name = training.split(" ")[0];
        byte[] expected = model(ended(arguments + name, 0), name);
        for (int workers : List.of(1, 2, 4)) {
            String out = name + workers;
            SparkRun run = ended(
                    arguments + out + " --spark local-cluster[" + workers + ",1,1024] --workers " + workers, 0);
            assertArrayEquals(expected, model(run, out), run::output);
        }
    }
}
