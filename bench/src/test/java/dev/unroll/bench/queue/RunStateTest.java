package dev.unroll.bench.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.bench.queue.RunState.Phase;
import dev.unroll.rnn.io.Json;
import dev.unroll.rnn.io.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunStateTest {
    private static final QueuedRun RUN =
            new QueuedRun(1, "train --out a", "train", List.of("train", "--out", "a"), Path.of("/a"));

    @TempDir
    private Path temp;

    private RunState started() {
        RunState run = new RunState("train --out a");
        run.begin(new RunLog(temp.resolve("a.log")));
        return run;
    }

    private RunLog output(String... lines) throws IOException {
        return new RunLog(Files.write(temp.resolve("a.log"), List.of(lines)));
    }

    @Test
    void aRunEndsAsItsExitCodeSays() throws IOException {
        RunState done = started();
        done.ended(0, output("saved in a"), true, 2);
        assertEquals(Phase.DONE, done.phase());
        RunState failed = started();
        failed.ended(1, output("unroll train: no such file", "\tat Train.main(Train.java:1)", "\t... 12 more"), true,
                2);
        assertEquals(Phase.FAILED, failed.phase());
        assertEquals("unroll train: no such file", failed.message());
        assertEquals(1, failed.exitCodeOrNull());
        assertTrue(failed.retry());
        assertEquals(Phase.WAITING, failed.phase());
        assertFalse(done.retry());
        assertEquals(Phase.DONE, done.phase());
    }

    @ParameterizedTest
    @ValueSource(ints = {129, 130, 137, 143})
    void whatIsStoppedFromOutsideIsResumedUnlessItNeverGetsAnywhere(int code) throws IOException {
        RunState run = started();
        RunLog empty = output();
        for (int i = 0; i < 10; i++) {
            run.ended(code, empty, i % 3 == 2, 1); // two in vain, one that saved something, and so on
            assertEquals(Phase.STOPPED, run.phase());
            run.begin(new RunLog(temp.resolve("a.log")));
        }
        run.ended(code, empty, false, 1);
        assertEquals(Phase.STOPPED, run.phase());
        run.ended(code, output("epoch 1"), false, 1);
        assertEquals(Phase.FAILED, run.phase());
        assertTrue(run.message().contains("3 times in a row") && run.message().endsWith("epoch 1"), run.message());
        assertEquals(12, run.seconds());
    }

    /** What a virtual machine of JDK 25 prints that gets a signal in its first moments; it exits with 1. */
    @Test
    void aSignalThatAVirtualMachineCannotTakeYetIsAStop() throws IOException {
        String failure = "Error occurred during initialization of VM";
        String[] lines = {"==== start 1", failure, "java.lang.InternalError: Bad level: 2", "\tat VM.initLevel"};
        RunState run = started();
        run.ended(1, output(lines), false, 1);
        assertEquals(Phase.STOPPED, run.phase());
        assertEquals("java.lang.InternalError: Bad level: 2", output(lines).lastLine());
        RunState next = started();
        next.ended(1, output("==== start 1", failure, "==== start 2", "no such file"), false, 1);
        assertEquals(Phase.FAILED, next.phase(), "it was the start before that failed so");
        RunState parent = started();
        parent.ended(1, output("==== start 1", "fork 1 of 3", "1", "2", "3", "4", failure), false, 1);
        assertEquals(Phase.FAILED, parent.phase(), "it was a process of its own that failed so");
    }

    @Test
    void progressIsMoreUpdatesInACheckpointAndNotThatAFileIsNew() throws IOException {
        assertEquals(0, SavedUpdates.of(null));
        Path out = temp.resolve("a");
        assertEquals(0, SavedUpdates.of(out));
        Path checkpoints = Files.createDirectories(out.resolve("checkpoints"));
        for (String name : List.of(".lock", "checkpoint-000000000000.safetensors", "checkpoint-x.safetensors")) {
            Files.createFile(checkpoints.resolve(name));
        }
        Files.createFile(out.resolve("model.json"));
        assertEquals(0, SavedUpdates.of(out));
        Files.createFile(checkpoints.resolve("checkpoint-000000000090.safetensors"));
        Files.createFile(checkpoints.resolve("checkpoint-000000000012.safetensors"));
        assertEquals(90, SavedUpdates.of(out));
        Files.createFile(checkpoints.resolve("finished-000000000120.safetensors"));
        assertEquals(120, SavedUpdates.of(out));
    }

    @Test
    void whereRelativePathsStartOutlivesADamagedState() throws IOException {
        QueueFolder folder = QueueFolder.of(temp.resolve("runs.txt"));
        assertNull(folder.workingFolderOrNull());
        folder.workingFolder(temp);
        Files.writeString(folder.states(), "damaged");
        QueueState.readOrSetAside(folder, _ -> {});
        assertEquals(temp, folder.workingFolderOrNull());
    }

    @Test
    void aLinkToTheFileOfAQueueLeadsToTheSameQueue() throws IOException {
        Path file = Files.createFile(temp.resolve("runs.txt"));
        Path link = Files.createSymbolicLink(temp.resolve("link.txt"), file);
        assertEquals(QueueFolder.of(file).path(), QueueFolder.of(link).path());
    }

    @Test
    void aLongLastLineIsCutBetweenCharactersAndCannotMoveACursor() throws IOException {
        RunLog log = new RunLog(temp.resolve("a.log"));
        for (int i = 0; i < 2; i++) {
            Files.writeString(log.file(), "x".repeat(i) + "\uD83D\uDE00".repeat(400) + "\u001B[2J\n");
            RunState run = started();
            run.ended(1, log, false, 1);
            assertFalse(run.message().contains("\u001B"), run.message());
            assertFalse(Json.write(run.toJson()).isEmpty(), "no half of a pair, which no file could hold");
        }
    }

    @Test
    void whatIsKnownIsReadAgainAsItWasWritten() throws IOException {
        QueueFolder folder = QueueFolder.of(temp.resolve("runs.txt"));
        QueueState state = QueueState.read(folder);
        RunState run = state.of(RUN);
        run.begin(folder.log(RUN));
        run.process(ProcessId.of(ProcessHandle.current()));
        state.queue(ProcessId.of(ProcessHandle.current()));
        state.save();
        String first = Files.readString(folder.states());
        QueueState again = QueueState.read(folder);
        assertEquals(ProcessHandle.current(), again.queueOrNull().alive().orElseThrow());
        assertEquals(ProcessHandle.current(), again.of(RUN).processOrNull().alive().orElseThrow());
        again.save();
        assertEquals(first, Files.readString(folder.states()));
        again.of(RUN).ended(1, output("it failed"), false, 1.5);
        again.save();
        RunState failed = QueueState.read(folder).of(RUN);
        assertEquals("it failed", failed.message());
        assertEquals(1.5, failed.seconds());
        assertNull(failed.processOrNull());
    }

    @Test
    void aProcessIsNotTakenForAnEarlierOneOfItsNumber() {
        ProcessId own = ProcessId.of(ProcessHandle.current());
        assertTrue(own.alive().isPresent());
        assertTrue(new ProcessId(own.number(), own.start().minusSeconds(30)).alive().isPresent(), "clocks are set");
        assertTrue(new ProcessId(own.number(), own.start().minusSeconds(3_600)).alive().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{\"version\": 9}", "{\"version\": 1, \"runs\": 5}",
        "{\"version\": 1, \"working_folder\": \"/\", \"stands_still\": false, \"runs\": [{\"run\": \"a\", \"state\": \"x\"}]}",
        "{\"version\": 1, \"stands_still\": false, \"runs\": [{\"run\": \"a\", \"state\": \"running\", \"starts\": 1,"
                + "\"vain_starts\": 0, \"message\": \"\", \"seconds\": 0, \"log\": \"a.log\"}]}"})
    void aDamagedFileIsKeptAndNamedAndNothingIsKnownThen(String content) throws IOException {
        QueueFolder folder = QueueFolder.of(temp.resolve("runs.txt"));
        for (int i = 1; i <= 2; i++) {
            Files.writeString(folder.states(), content);
            assertThrows(MalformedFileException.class, () -> QueueState.read(folder));
            List<String> warnings = new ArrayList<>();
            QueueState state = QueueState.readOrSetAside(folder, warnings::add);
            assertFalse(state.runs().iterator().hasNext());
            Path aside = folder.path().resolve("state.json.damaged-" + i);
            assertEquals(content, Files.readString(aside));
            assertEquals(1, warnings.size());
            assertTrue(warnings.getFirst().contains(aside.getFileName().toString()), warnings.getFirst());
            assertFalse(warnings.getFirst().contains("\n"), warnings.getFirst());
        }
    }
}
