package dev.unroll.bench.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are found, and ended with all that they have started. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class RunProcessTest {
    @TempDir
    private Path temp;

    private Process process;

    private void start(String... command) throws IOException {
        process = new ProcessBuilder(command).start();
    }

    @AfterEach
    void endAll() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Test
    @EnabledOnOs(OS.LINUX) // others may not show arguments
    void aRunIsFoundHoweverLongItsCommandLineIs() throws Exception {
        start("sh", "-c", "read line", RunProcess.marker(temp), "x".repeat(20_000));
        List<ProcessHandle> found = RunProcess.all(temp);
        for (int i = 0; i < 600 && found.isEmpty(); i++) { // until the shell is in its place
            Pause.moment();
            found = RunProcess.all(temp);
        }
        assertEquals(List.of(process.toHandle()), found);
        assertEquals(List.of(), RunProcess.all(temp.resolve("other")));
    }

    @Test
    void whatAProcessHasStartedEndsWithIt() throws Exception {
        start("sh", "-c", "sleep 600 & echo there; wait");
        assertEquals("there", process.inputReader().readLine());
        ProcessHandle child = process.children().findFirst().orElseThrow();
        Family family = new Family();
        family.end(process.toHandle());
        for (int i = 0; i < 600 && family.isAlive(); i++) {
            Pause.moment();
        }
        assertFalse(family.isAlive());
        assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        assertFalse(ProcessId.isAlive(child));
    }
}
