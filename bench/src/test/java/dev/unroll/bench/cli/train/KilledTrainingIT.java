package dev.unroll.bench.cli.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.unroll.bench.cli.InstalledProgram;
import dev.unroll.rnn.model.LanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Trainings that are ended at random moments, from the start of the virtual machine on, and resumed until they come to
 * their end: that is the same, bit for bit, as of one that nobody disturbed. All of it is in the profile full: 200 are
 * killed, and 20 ended by each signal and on a disk that fills; QueueTest kills one in every build.
 */
class KilledTrainingIT {
    private static final String TRAIN = "train --data text.txt --model gru:16:dropout=0.2 --optimizer adam --lr 0.01"
            + " --schedule halve --valid valid.txt --weight-noise 0.01 --average 0.9 --batch 4 --steps 10 --epochs 25"
            + " --checkpoint-every 3u --resume --out ";
    private static final Pattern SAVED = Pattern.compile("saved in (\\S+)");

    @TempDir
    Path temp;

    private final Random random = new Random(7);
    private byte[] undisturbed;
    private int trainings;
    private Process running;

    @BeforeEach
    void trainUndisturbed() throws Exception {
        Files.writeString(temp.resolve("text.txt"),
                "round and round and round it goes, and where it stops. ".repeat(60));
        Files.writeString(temp.resolve("valid.txt"), "and where it is, it goes round. ".repeat(9));
        Process process = start("undisturbed");
        assertEquals(0, process.waitFor(), log());
        undisturbed = numbers("undisturbed");
    }

    @AfterEach
    void endAll() throws Exception {
        if (running != null) {
            running.destroyForcibly().waitFor();
        }
        shell("for d in disk*; do umount -l $d 2>/dev/null; done; true");
    }

    private Process start(String out) throws IOException {
        running = new ProcessBuilder("sh", "-c",
                InstalledProgram.command("-Dunroll.threads=" + (1 + random.nextInt(2))) + TRAIN + out)
                .directory(temp.toFile())
                .redirectErrorStream(true)
                .redirectOutput(temp.resolve("log").toFile())
                .start();
        return running;
    }

    private String log() throws IOException {
        return Files.readString(temp.resolve("log"));
    }

    private byte[] numbers(String out) throws IOException {
        return Files.readAllBytes(temp.resolve(out).resolve("model.safetensors"));
    }

    private void shell(String script) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", script).directory(temp.toFile()).inheritIO().start();
        assertEquals(0, process.waitFor(), script);
    }

    /** Lets a training run for a while; true if it came to its end by itself. */
    private boolean ranToItsEnd(Process process, String out) throws Exception {
        if (!process.waitFor(random.nextInt(2_500), TimeUnit.MILLISECONDS)) {
            return false;
        }
        if (process.exitValue() != 0) {
            return false; // a disk that was full
        }
        assertArrayEquals(undisturbed, numbers(out), "another end: " + log());
        trainings++;
        return true;
    }

    /** Ends trainings so many times; whatever is left over then comes to its end undisturbed. */
    private void disturb(int times, String prefix, Disturbance disturbance) throws Exception {
        String out = prefix + 0;
        for (int done = 0; done < times;) {
            disturbance.before(out);
            Process process = start(out);
            if (ranToItsEnd(process, out)) {
                out = prefix + trainings;
            } else {
                disturbance.end(process, out);
                assertTrue(process.waitFor(10, TimeUnit.MINUTES), "it must end: " + log());
                done++;
            }
        }
        disturbance.before(out);
        Process last = start(out);
        assertEquals(0, last.waitFor(), log());
        assertArrayEquals(undisturbed, numbers(out), log());
        System.out.println(times + " times ended, " + (trainings + 1) + " trainings came to the same end");
    }

    /** How a training is ended. */
    private interface Disturbance {
        default void before(String out) throws Exception {}

        void end(Process process, String out) throws Exception;
    }

    @Tag("full")
    @Test
    void aKilledTrainingGoesOnAsIfNothingHadBeen() throws Exception {
        disturb(200, "killed", (process, _) -> process.destroyForcibly());
    }

    @Tag("full")
    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void aSignalSavesTheModelAndTheTrainingGoesOn(String signal) throws Exception {
        disturb(20, signal, (process, _) -> {
            shell("kill -" + signal + " " + process.pid() + " 2>/dev/null; true");
            process.waitFor();
            String log = log();
            if (log.contains("\nepoch ")) { // otherwise it may have ended before it began
                Matcher saved = SAVED.matcher(log);
                assertTrue(saved.find(), log);
                LanguageModel.load(temp.resolve(saved.group(1))).close();
            }
        });
    }

    @Tag("full")
    @Test
    void aDiskThatFillsLosesNothing() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "mounts disks");
        disturb(20, "disk", new Disturbance() {
            @Override
            public void before(String out) throws Exception {
                shell("mkdir -p " + out + "; mountpoint -q " + out + " || mount -t tmpfs -o size=400k disk " + out
                        + "; rm -f " + out + "/.fill");
            }

            @Override
            public void end(Process process, String out) throws Exception {
                shell("dd if=/dev/zero of=" + out + "/.fill bs=1k 2>/dev/null; true");
                if (random.nextBoolean()) {
                    process.waitFor(random.nextInt(1_000), TimeUnit.MILLISECONDS);
                    process.destroyForcibly();
                } else {
                    process.waitFor();
                }
            }
        });
    }
}
