package dev.unroll.bench.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.bench.queue.RunState.Phase;
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
            new QueuedRun(1, "train --out a", List.of("train", "--out", "a"), Path.of("/a"));

    @TempDir
    private Path temp;

    private RunState started() {
        RunState run = new RunState("train --out a");
        run.begin(new RunLog(temp.resolve("a.log")));
        return run;
    }

    @Test
    void aRunEndsAsItsExitCodeSays() {
        RunState done = started();
        done.ended(0, "saved in a", true, 2);
        assertEquals(Phase.DONE, done.phase());
        RunState failed = started();
        failed.ended(1, "unroll train: no such file", true, 2);
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
    void whatIsStoppedFromOutsideIsResumedUnlessItNeverGetsAnywhere(int code) {
        RunState run = started();
        for (int i = 0; i < 10; i++) {
            run.ended(code, "", i % 3 == 2, 1); // two in vain, one that saved something, and so on
            assertEquals(Phase.STOPPED, run.phase());
            run.begin(new RunLog(temp.resolve("a.log")));
        }
        run.ended(code, "", false, 1);
        assertEquals(Phase.STOPPED, run.phase());
        run.ended(code, "epoch 1", false, 1);
        assertEquals(Phase.FAILED, run.phase());
        assertTrue(run.message().contains("3 times in a row") && run.message().endsWith("epoch 1"), run.message());
        assertEquals(12, run.seconds());
    }

    @Test
    void savingIsSeenByTheFilesOfTheRunButNotByHiddenOnes() throws IOException {
        SavedFiles before = SavedFiles.of(temp.resolve("a"));
        Path checkpoints = Files.createDirectories(temp.resolve("a/checkpoints"));
        Files.createFile(checkpoints.resolve(".lock"));
        assertEquals(before, SavedFiles.of(temp.resolve("a")));
        Files.createFile(checkpoints.resolve("checkpoint-1"));
        assertFalse(before.equals(SavedFiles.of(temp.resolve("a"))));
        assertEquals(SavedFiles.of(null), before);
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
        assertEquals(ProcessHandle.current(), again.liveQueue().orElseThrow());
        assertEquals(ProcessHandle.current(), again.of(RUN).processOrNull().alive().orElseThrow());
        again.save();
        assertEquals(first, Files.readString(folder.states()));
        again.of(RUN).ended(1, "it failed", false, 1.5);
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
        assertTrue(new ProcessId(own.number(), own.start().minusSeconds(60)).alive().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{\"version\": 9}", "{\"version\": 1, \"runs\": 5}",
        "{\"version\": 1, \"working_folder\": \"/\", \"stands_still\": false, \"runs\": [{\"run\": \"a\", \"state\": \"x\"}]}"})
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
