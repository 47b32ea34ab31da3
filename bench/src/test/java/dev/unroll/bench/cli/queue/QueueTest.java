package dev.unroll.bench.cli.queue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.unroll.bench.cli.Call;
import dev.unroll.bench.cli.Main;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** Queues that work in processes of their own, on trainings in processes of theirs. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class QueueTest {
    private static final long PATIENCE = TimeUnit.MINUTES.toNanos(3);

    /** What makes a virtual machine start fast; vectors are objects until the compiler has come. */
    private static final List<String> FAST =
            List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dunroll.simd=off");

    private static final int UPDATES_AN_EPOCH = 20; // or a few more

    @TempDir
    private Path temp;

    private Path file;
    private String options;
    private final List<ProcessHandle> queues = new ArrayList<>();

    @BeforeEach
    void writeText() throws IOException {
        Path text =
                Files.writeString(temp.resolve("text.txt"), "a text that is too short to be bored with; ".repeat(10));
        file = temp.resolve("runs.txt");
        options = "train --cell rnn --hidden 4 --layers 1 --batch 2 --steps 10 --threads 1 --data '" + text + "' ";
    }

    /** Whatever a test that failed has left: its queues, and then their runs, which have an option that names the folder. */
    @AfterEach
    void endAll() throws Exception {
        for (ProcessHandle queue : queues) {
            queue.destroyForcibly();
            queue.onExit().get(1, TimeUnit.MINUTES);
        }
        String folder = "-Dunroll.queue=" + temp.toRealPath().resolve("runs.txt.state");
        ProcessHandle.allProcesses()
                .filter(process -> List.of(process.info().arguments().orElse(new String[0])).contains(folder))
                .forEach(ProcessHandle::destroyForcibly);
    }

    // ---- What a test does and sees

    private void write(String... lines) throws IOException {
        Files.write(file, List.of(lines));
    }

    private Process start(String classPath) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(FAST);
        command.addAll(List.of("-cp", classPath, Main.class.getName(), "queue", file.toString(), "--nice", "0"));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(temp.resolve("queue.out").toFile()))
                .start();
        queues.add(process.toHandle());
        return process;
    }

    private Process start() throws IOException {
        return start(System.getProperty("java.class.path"));
    }

    private String call(String wish) {
        Call call = Call.of("queue", file.toString(), wish);
        assertEquals(0, call.code(), call.err());
        return call.out();
    }

    private Path states() {
        return temp.resolve("runs.txt.state/state.json");
    }

    /** What stands in the file of states about a run. */
    private JsonNode run(int i) throws IOException {
        return new ObjectMapper().readTree(states().toFile()).get("runs").path(i);
    }

    private String state(int i) throws IOException {
        return run(i).path("state").asText();
    }

    private int starts(int i) throws IOException {
        return run(i).path("starts").asInt();
    }

    private String output() throws IOException {
        return Files.readString(temp.resolve("queue.out"));
    }

    private void await(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + PATIENCE;
        while (!condition.call()) {
            assertTrue(System.nanoTime() < end, () -> "waited in vain until " + what + "\n" + everything());
            Thread.sleep(20);
        }
    }

    private String everything() {
        try (Stream<Path> files = Files.list(states().getParent())) {
            StringBuilder text = new StringBuilder(output());
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                text.append("---- ").append(file).append('\n').append(Files.readString(file));
            }
            return text.toString();
        } catch (IOException e) {
            return e.toString();
        }
    }

    private int end(Process process) throws Exception {
        await("the queue has ended", () -> !process.isAlive());
        return process.exitValue();
    }

    /** The newest checkpoint of a run, empty if there is none. */
    private String checkpoint(String out) throws IOException {
        Path folder = temp.resolve(out).resolve("checkpoints");
        if (!Files.isDirectory(folder)) {
            return "";
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString())
                    .filter(name -> name.startsWith("checkpoint-"))
                    .max(Comparator.naturalOrder())
                    .orElse("");
        }
    }

    /** Waits until the first run has gone on since it was started for the n-th time; the process that computes it. */
    private ProcessHandle awaitProgress(int starts, String out) throws Exception {
        String before = checkpoint(out);
        await("run 1 is started a " + starts + ". time", () -> Files.exists(states())
                && starts(0) == starts && run(0).has("process"));
        await("it has gone on", () -> checkpoint(out).compareTo(before) > 0);
        return ProcessHandle.of(run(0).get("process").get("number").asLong()).orElseThrow();
    }

    private long programs() throws IOException {
        try (Stream<Path> files = Files.list(states().getParent())) {
            return files.filter(path -> path.getFileName().toString().startsWith("program-")).count();
        }
    }

    // ---- Tests

    @Tag("full")
    @Test
    void aRunThatFailsStopsNoOtherAndNothingIsLoadedFromWhereTheQueueWasStarted() throws Exception {
        write("# three", options + "--epochs 2 --out '" + temp + "/a b'", options.replace("text.txt", "none") + "--out "
                + temp + "/c --epochs 1", options + "--epochs 3 --out " + temp + "/d");
        assertTrue(call("--pause").contains("no queue works on"));
        Path build = temp.resolve("build");
        Process queue = start(copyOfClassPath(build));
        await("it stands still",
                () -> Files.exists(temp.resolve("queue.out")) && output().contains("paused; nothing is"));
        delete(build); // before any run is started, and much of the queue is loaded
        Call.of("queue", file.toString()).assertFailed(1, "process " + queue.pid() + " works on this queue already");
        assertTrue(call("--status").startsWith("process " + queue.pid() + " works on it, paused\nwaiting "));
        assertEquals("process " + queue.pid() + " works on it", call("--continue").strip());

        assertEquals(1, end(queue), this::everything);
        assertEquals(List.of("done", "failed", "done"), List.of(state(0), state(1), state(2)));
        assertTrue(Files.exists(temp.resolve("a b/model.safetensors")) && Files.exists(temp.resolve("d/model.json")));
        List<String> lines = call("--status").lines().toList();
        assertTrue(lines.get(2).matches("failed .*exit code 1: unroll train: .*none: no such file.*"), lines.get(2));
        List<String> last = output().lines().toList();
        assertEquals(lines, last.subList(last.size() - lines.size(), last.size()), "the queue ends with its states");

        assertTrue(call("--retry").startsWith("1 failed run is waiting again"));
        assertTrue(call("--status").lines().toList().get(2).startsWith("waiting"));
        Files.copy(temp.resolve("text.txt"), temp.resolve("none"));
        assertEquals(0, end(start()), this::everything);
        assertEquals("done", state(1));
        assertEquals(List.of(1, 2, 1), List.of(starts(0), starts(1), starts(2)), "what is done is not done again");
        assertEquals(1, programs(), "that of the queue before is deleted");
    }

    private static String copyOfClassPath(Path to) throws IOException {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path original = Path.of(entry);
            Path copy = to.resolve(String.valueOf(entries.size())).resolve(original.getFileName());
            if (Files.exists(original)) {
                try (Stream<Path> files = Files.walk(original)) {
                    for (Path file : (Iterable<Path>) files::iterator) {
                        Path target = copy.resolve(original.relativize(file).toString());
                        Files.createDirectories(target.getParent());
                        Files.copy(file, target);
                    }
                }
                entries.add(copy.toString());
            }
        }
        return String.join(File.pathSeparator, entries);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void aRunThatIsKilledAndPausedEndsWithTheBitsOfOneThatIsNot() throws Exception {
        write(options + "--epochs 100000000 --checkpoint-every 1u --out " + temp + "/a");
        Process queue = start();
        ProcessHandle process = awaitProgress(1, "a");
        queue.destroyForcibly();
        process.destroyForcibly();
        end(queue);
        assertEquals("running", state(0), "nobody could write down what happened");
        assertTrue(call("--status").lines().toList().get(1).startsWith("stopped "), "but it is seen");

        queue = start();
        process = awaitProgress(2, "a");
        queue.destroyForcibly();
        end(queue);
        assertFalse(hasEnded(process), "the run goes on without its queue");
        assertTrue(call("--status").lines().toList().get(1).startsWith("running "));
        Files.writeString(states(), "damaged, so that nobody knows of its process");
        Call.of("queue", file.toString(), "--status").assertFailed(1, "state.json");

        queue = start();
        await("it has begun", () -> output().contains("it is kept as state.json.damaged-1"));
        String orphan = "process " + process.pid() + " is a run that another queue has left";
        ProcessHandle next = awaitProgress(1, "a");
        assertTrue(output().contains(orphan), this::everything);
        assertTrue(hasEnded(process));
        assertTrue(call("--pause").startsWith("paused; nothing computes"));
        assertFalse(next.isAlive());
        assertEquals("stopped", state(0), this::everything);
        assertTrue(queue.isAlive());

        String all = options + "--epochs " + (updates() / UPDATES_AN_EPOCH + 3) + " --out " + temp;
        write(all + "/a", all + "/b"); // lines may change too: it is the folder that is resumed
        call("--continue");
        assertEquals(0, end(queue), this::everything);
        assertArrayEquals(
                Files.readAllBytes(temp.resolve("b/model.safetensors")),
                Files.readAllBytes(temp.resolve("a/model.safetensors")));
    }

    private long updates() throws IOException {
        return Long.parseLong(checkpoint("a").replaceAll("\\D", ""));
    }

    /** The first run, once it has ended an epoch and not saved anything. */
    private ProcessHandle awaitEpoch(int starts) throws Exception {
        await("it trains", () -> Files.exists(states()) && starts(0) == starts
                && run(0).has("process")
                && call("--status").lines().toList().get(1).matches("running .* \\| epoch .*"));
        return ProcessHandle.of(run(0).get("process").get("number").asLong()).orElseThrow();
    }

    @Tag("full")
    @Test
    void aSignalSavesTheRunAndEndsTheQueueAndAPauseDoesSoForOneThatHasDied() throws Exception {
        write(options + "--epochs 100000000 --checkpoint-every 1h --out " + temp + "/a");
        Process queue = start();
        ProcessHandle process = awaitEpoch(1);
        queue.destroy();
        assertEquals(128 + 15, end(queue));
        assertFalse(process.isAlive());
        assertEquals("stopped", state(0), this::everything);
        String saved = checkpoint("a");
        assertFalse(saved.isEmpty(), this::everything);
        assertTrue(call("--status").startsWith("no queue works on it\nstopped "));

        queue = start();
        process = awaitEpoch(2);
        queue.destroyForcibly();
        end(queue);
        assertTrue(process.isAlive(), "nobody has told it anything");
        assertTrue(call("--pause").contains("no queue works on"));
        assertTrue(hasEnded(process));
        assertEquals("stopped", state(0), this::everything);
        assertTrue(checkpoint("a").compareTo(saved) > 0, this::everything);
    }

    @Tag("full")
    @Test
    void aRunThatIsKilledEachTimeBeforeItSavesAnUpdateFailsAndLetsTheNextBegin() throws Exception {
        write(
                options + "--epochs 100000000 --checkpoint-every 1h --out " + temp + "/a",
                options + "--epochs 1 --out " + temp + "/b");
        Process queue = start();
        for (int i = 1; i <= 3; i++) {
            awaitEpoch(i).destroyForcibly();
        }
        assertEquals(1, end(queue), this::everything);
        assertEquals("checkpoint-000000000000.safetensors", checkpoint("a"), "it has written, but got nowhere");
        assertEquals(List.of("failed", "done"), List.of(state(0), state(1)));
        assertTrue(run(0).get("message").asText().contains("3 times in a row"), this::everything);
    }

    @Tag("full")
    @Test
    void nothingIsStartedWhileTheStateCannotBeSaved() throws Exception {
        write(options + "--epochs 1 --out " + temp + "/a");
        call("--pause");
        Process queue = start();
        await("it stands still",
                () -> Files.exists(temp.resolve("queue.out")) && output().contains("paused; nothing is"));
        Files.delete(states());
        Files.createDirectory(states());
        call("--continue");
        await("it says so", () -> output().contains("the state of the queue cannot be saved"));
        Thread.sleep(500); // what is wrong may take its time to be seen
        assertFalse(output().contains("begun: "), this::everything);
        Files.delete(states());
        assertEquals(0, end(queue), this::everything);
        assertEquals("done", state(0));
    }

    @Test
    void aQueueWhoseFolderIsGoneDoesNotBeginElsewhere() throws Exception {
        write(options + "--epochs 1 --out a");
        call("--status");
        Path gone = temp.resolve("gone");
        Files.writeString(states().resolveSibling("working-folder"), gone.toString());
        assertEquals(1, end(start()), this::everything);
        assertTrue(output().contains(gone + ": is no folder any more"), this::everything);
        assertEquals(gone.toString(), Files.readString(states().resolveSibling("working-folder")));
    }

    /** Whoever has become its parent may never ask for its exit code, and then it is listed for ever. */
    private static boolean hasEnded(ProcessHandle process) {
        return !process.isAlive() || process.info().command().isEmpty();
    }
}
