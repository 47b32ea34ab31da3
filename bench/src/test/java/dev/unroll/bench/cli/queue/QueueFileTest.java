package dev.unroll.bench.cli.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.bench.cli.Call;
import dev.unroll.bench.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The file of a queue, and what is refused before anything runs. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class QueueFileTest {
    @TempDir
    private Path temp;

    private String file(String content) throws IOException {
        return Files.writeString(temp.resolve("runs.txt"), content).toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "# only a comment; | holds no run",
        " | holds no run; write one a line",
        "train --out 'a | line 1: the quote ' of column 13 is not closed",
        "# one;;fly --out a | line 3: `Unmatched arguments` from index 0: 'fly', '--out', 'a'",
        "train --out a;train --hiden 8 --out b | line 2: Unknown options: '--hiden', '8'",
        "train --out a --epochs many | line 1: Invalid value for option '--epochs'",
        "train --data x.txt | line 1: train has no --out, where it is resumed from; add it",
        "train --out a;train --seed 2 --out ./x/../a/ | line 2: its --out is that of line 1",
        "eval --model a --data b;# two;eval  --model 'a' --data b | line 3: it is the run of line 1",
        "train --out a --checkpoint-every OFF | line 1: --checkpoint-every off makes no checkpoints",
        "train --out --resume | line 1: the value of --out is missing before --resume",
        "queue other.txt | line 1: a queue cannot run a queue",
        "--verbose | line 1: a command is missing"})
    void aFileThatIsWrongIsRefusedWithItsLine(String lines, String problem) throws IOException {
        String content = lines == null ? "" : lines.replace(';', '\n');
        Call.of("queue", file(content), "--retry").assertFailed(1, "runs.txt: ", problem.replace("`", ""));
        Call.of("queue", file(content)).assertFailed(1, "runs.txt: ", problem.replace("`", ""));
        assertFalse(Files.exists(temp.resolve("runs.txt.state")), "nothing is made for a file that is wrong");
    }

    @Test
    void runsThatKnowHowAreResumed() {
        QueuedCommands commands = new QueuedCommands(Main::commandLine);
        assertEquals(List.of("train", "--out=a", "--resume"), commands.of(List.of("train", "--out=a")).arguments());
        assertEquals(Path.of("a"), commands.of(List.of("train", "--out=a")).outOrNull());
        List<String> resumed = List.of("train", "--resume", "--out", "a");
        assertEquals(resumed, commands.of(resumed).arguments());
        assertEquals("train", commands.of(List.of("train", "--out", "peers")).command());
        assertEquals("peers", commands.of(List.of("--verbose", "peers")).command());
        List<String> other = List.of("eval", "--model", "a", "--data", "b");
        assertEquals(other, commands.of(other).arguments());
    }

    @Test
    void callsThatAreWrongAreOneLine() throws IOException {
        String file = file("train --out a\n");
        Call.of("queue").assertFailed(2, "FILE");
        Call.of("queue", temp.resolve("none.txt").toString()).assertFailed(1, "none.txt: no such file");
        Call.of("queue", temp.toString()).assertFailed(1, "is a folder");
        Call.of("queue", file, "--pause", "--continue").assertFailed(2, "--pause", "--continue");
        Call.of("queue", file, "--nice", "20").assertFailed(2, "--nice must be from 0 to 19, not 20");
        Call.of("queue", file, "--status", "--nice", "2").assertFailed(2, "--nice is of a queue that is started");
        Files.writeString(temp.resolve("runs.txt.state"), "in the way");
        Call.of("queue", file).assertFailed(1, "runs.txt.state: is no folder");
        Call.of("queue", file, "--status").assertFailed(1, "runs.txt.state: is no folder");
    }

    @Test
    void aQueueIsPausedAndShownWhateverIsWrongWithItsFile() throws IOException {
        String file = file("train --hiden 8 --out a\n");
        for (String wish : List.of("--pause", "--status", "--continue")) {
            Call call = Call.of("queue", file, wish);
            assertEquals(0, call.code(), call.err());
            assertTrue(call.out().contains("no queue works on"), call.out());
            assertEquals("--status".equals(wish), call.out().contains("line 1: Unknown options"), call.out());
        }
        Files.delete(Path.of(file));
        assertTrue(Call.of("queue", file, "--status").out().contains("runs.txt: no such file"));
        Call.of("queue", temp.resolve("runz.txt").toString(), "--pause").assertFailed(1, "runz.txt: no such file");
        assertFalse(Files.exists(temp.resolve("runz.txt.state")), "a name that is wrong is no queue");
    }

    @Test
    void onlyAStartFixesWhereRelativePathsStart() throws IOException {
        String file = file("train --out a\n");
        for (String wish : List.of("--pause", "--status", "--continue", "--retry")) {
            assertEquals(0, Call.of("queue", file, wish).code());
        }
        assertFalse(Files.exists(temp.resolve("runs.txt.state/working-folder")));
        assertFalse(Files.readString(temp.resolve("runs.txt.state/state.json")).contains("working_folder"));
    }

    @Test
    void aQueueThatDoesNotWorkIsPausedForWhenItDoes() throws IOException {
        String file = file("train --out a # the first\n\neval --model a --data 'b c'\n");
        Call status = Call.of("queue", file, "--status");
        assertEquals(0, status.code(), status.err());
        List<String> lines = status.out().lines().toList();
        assertEquals(3, lines.size(), status.out());
        assertEquals("no queue works on it", lines.getFirst());
        assertTrue(lines.get(1).matches("waiting +- to - +- +train --out a"), status.out());
        assertTrue(lines.get(2).matches("waiting +- to - +- +eval --model a --data 'b c'"), status.out());

        Call pause = Call.of("queue", file, "--pause");
        assertEquals(0, pause.code(), pause.err());
        assertTrue(pause.out().contains("no queue works on"), pause.out());
        assertTrue(Call.of("queue", file, "--status").out().startsWith("no queue works on it, to be paused"));
        Call goOn = Call.of("queue", file, "--continue");
        assertEquals("no queue works on it; start it by unroll queue " + file, goOn.out().strip());
        assertTrue(Call.of("queue", file, "--continue").out().startsWith("it was not paused; "));
        assertTrue(Call.of("queue", file, "--retry").out().startsWith("0 failed runs are waiting again"));
    }
}
