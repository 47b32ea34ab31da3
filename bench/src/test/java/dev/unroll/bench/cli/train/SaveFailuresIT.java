package dev.unroll.bench.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.unroll.bench.cli.InstalledProgram;
import dev.unroll.rnn.model.LanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ways in which saving a trained model can fail, each with a process of its own: the model must stand in a place that was
 * named, and load, or the training must never have begun. A few run always, all with {@code -Dunroll.full=true}; some
 * need root, who may mount disks and become another user.
 */
class SaveFailuresIT {
    private static final boolean FULL = Boolean.getBoolean("unroll.full");
    private static final boolean IS_ROOT = "root".equals(System.getProperty("user.name"));
    private static final Pattern SAVED = Pattern.compile("saved in (.+)");
    private static final String TRAIN = "train --data text.txt --hidden 8 --layers 1 --batch 2 --steps 5 ";

    /** Long enough for whatever comes meanwhile. */
    private static final String LONG = TRAIN + "--epochs 100000000 ";
    private static final String SHORT = TRAIN + "--epochs 2 ";

    /** What must come of it. */
    private enum End {
        REFUSED,
        SAVED,
        ELSEWHERE
    }

    /**
     * A way.
     *
     * @param name what happens
     * @param before a script that prepares the working folder
     * @param command the arguments of the program
     * @param meanwhile a script that runs once the first epoch has ended, and then the signal TERM; empty for neither
     * @param end what must come of it
     */
    private record Way(String name, String before, String command, String meanwhile, End end) {
        boolean needsRoot() {
            return (before + meanwhile).contains("mount") || isOtherUser();
        }

        /** Root may write everywhere. */
        boolean isOtherUser() {
            return name.endsWith("(user)");
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** What is always run. */
    private static Stream<Way> few() {
        return Stream.of(
                new Way("nothing goes wrong", "", SHORT + "--out out", "", End.SAVED),
                new Way("a file is in the way", "touch out", SHORT + "--out out", "", End.REFUSED),
                new Way("a file takes its place meanwhile", "", LONG + "--out out", "rm -r out; touch out",
                        End.ELSEWHERE));
    }

    private static Stream<Way> ways() {
        return FULL ? Stream.concat(few(), many()) : few();
    }

    private static Stream<Way> many() {
        String disk = "mkdir out; mount -t tmpfs -o size=300k disk out; chmod 777 out";
        return Stream.of(
                new Way("the folder is deleted meanwhile", "", LONG + "--out out", "rm -r out", End.SAVED),
                new Way("no folder was named and unrolls are there", "mkdir unroll-interrupted unroll-interrupted-2",
                        LONG, "true", End.ELSEWHERE),
                new Way("a path below a file", "touch f", SHORT + "--out f/out", "", End.REFUSED),
                new Way("a dangling link", "ln -s other out", SHORT + "--out out", "", End.SAVED),
                new Way("a dangling link to a folder that is not there", "ln -s a/b/other out", SHORT + "--out out", "",
                        End.SAVED),
                new Way("a link to itself", "ln -s out out", SHORT + "--out out", "", End.REFUSED),
                new Way("a link to a file", "touch f; ln -s f out", SHORT + "--out out", "", End.REFUSED),
                new Way("a link to a folder", "mkdir d; ln -s d out", SHORT + "--out out", "", End.SAVED),
                new Way("a name of 255 bytes", "", SHORT + "--out " + "n".repeat(255), "", End.SAVED),
                new Way("a name of 255 bytes, stopped", "", LONG + "--out " + "n".repeat(255), "true", End.SAVED),
                new Way("a name of 256 bytes", "", SHORT + "--out " + "n".repeat(256), "", End.REFUSED),
                new Way("a path of 5,000 bytes", "", SHORT + "--out " + "n/".repeat(2500), "", End.REFUSED),
                new Way("a device", "", SHORT + "--out /dev/null", "", End.REFUSED),
                new Way("a folder of the kernel", "", SHORT + "--out /proc/unroll", "", End.REFUSED),
                new Way("a pipe", "mkfifo out", SHORT + "--out out", "", End.REFUSED),
                new Way("an empty name, a folder with other files", "", SHORT + "--out=", "", End.REFUSED),
                new Way("a folder of letters", "mkdir out; touch out/letter.txt", SHORT + "--out out", "", End.REFUSED),
                new Way("another program's model", "mkdir out; touch out/model.safetensors", SHORT + "--out out", "",
                        End.REFUSED),
                new Way("another program's description", "mkdir out; echo '{}' >out/model.json", SHORT + "--out out",
                        "",
                        End.REFUSED),
                new Way("a folder where the numbers go", "mkdir -p out/model.safetensors", SHORT + "--out out", "",
                        End.REFUSED),
                new Way("a folder where the description goes", "mkdir -p out/model.json", SHORT + "--out out", "",
                        End.REFUSED),
                new Way("a file where the checkpoints go", "mkdir out; touch out/checkpoints", SHORT + "--out out", "",
                        End.REFUSED),
                new Way("files of the system", "mkdir -p out/lost+found; touch out/.DS_Store", SHORT + "--out out", "",
                        End.SAVED),
                new Way("files appear meanwhile", "", LONG + "--out out", "touch out/.DS_Store out/notes.txt",
                        End.SAVED),
                new Way("a folder takes the numbers' place meanwhile", "", LONG + "--out out",
                        "mkdir out/model.safetensors", End.ELSEWHERE),
                new Way("another model is put there meanwhile", "", LONG + "--out out", "echo '{}' >out/model.json",
                        End.ELSEWHERE),
                new Way("the checkpoints are deleted meanwhile", "", LONG + "--out out", "rm -r out/checkpoints",
                        End.SAVED),
                new Way("the parent is deleted meanwhile", "mkdir p", LONG + "--out p/out", "rm -r p", End.SAVED),
                new Way("a file takes the parent's place meanwhile", "mkdir p", LONG + "--out p/out",
                        "rm -r p; touch p",
                        End.ELSEWHERE),
                new Way("the link is turned meanwhile", "mkdir d e; ln -s d out", LONG + "--out out",
                        "rm out; ln -s e out", End.SAVED),
                new Way("results on a full disk", "", SHORT + "--out out --json /dev/full", "", End.SAVED),
                new Way("a file of limited size", "", "ulimit -f 8; " + SHORT + "--out out", "", End.REFUSED),
                new Way("standard output closed", "", SHORT + "--out out >&-", "", End.SAVED),
                // With disks
                new Way("the root of a volume", disk, SHORT + "--out out", "", End.SAVED),
                new Way("the root of a volume, stopped", disk, LONG + "--out out", "true", End.SAVED),
                new Way("a disk that is too small", disk + "; dd if=/dev/zero of=out/.fill bs=1k count=290",
                        SHORT + "--out out", "", End.REFUSED),
                new Way("a disk that can only be read", disk + "; mount -o remount,ro out", SHORT + "--out out", "",
                        End.REFUSED),
                new Way("a disk that fills meanwhile", disk, LONG + "--out out",
                        "dd if=/dev/zero of=out/.fill bs=1k; true",
                        End.ELSEWHERE),
                new Way("a folder on a disk that fills meanwhile", "mkdir d; mount -t tmpfs -o size=300k disk d",
                        LONG + "--out d/out", "dd if=/dev/zero of=d/.fill bs=1k; true", End.ELSEWHERE),
                new Way("a disk that fails meanwhile", disk, LONG + "--out out",
                        "mount -t tmpfs -o ro disk out", End.ELSEWHERE),
                new Way("a disk that is taken away meanwhile", disk, LONG + "--out out", "umount -l out", End.SAVED),
                new Way("the working folder fills too",
                        "mount -t tmpfs -o size=300k disk $PWD; chmod 777 $PWD; cp ../text.txt $PWD",
                        LONG + "--out out", "dd if=/dev/zero of=.fill bs=1k; true", End.ELSEWHERE),
                // As another user
                new Way("a parent that may not be written (user)", "mkdir p; chmod 555 p", SHORT + "--out p/out", "",
                        End.REFUSED),
                new Way("a folder that may not be written (user)", "mkdir out; chmod 555 out", SHORT + "--out out", "",
                        End.REFUSED),
                new Way("a folder that may be written in one that may not (user)",
                        "mkdir -p p/out; chmod 777 p/out; chmod 555 p", SHORT + "--out p/out", "", End.SAVED),
                new Way("checkpoints that may not be written (user)",
                        "mkdir -p out/checkpoints; chmod 777 out; chmod 555 out/checkpoints", SHORT + "--out out", "",
                        End.REFUSED),
                new Way("the root of the system (user)", "", SHORT + "--out /", "", End.REFUSED),
                new Way("a mask that forbids everything (user)", "", "umask 0777; " + SHORT + "--out out", "",
                        End.REFUSED),
                new Way("a folder closed meanwhile (user)", "mkdir out; chmod 777 out", LONG + "--out out",
                        "chmod 555 out", End.ELSEWHERE),
                new Way("a working folder closed meanwhile (user)", "", LONG, "chmod 555 .", End.ELSEWHERE),
                new Way("both closed meanwhile (user)", "mkdir out; chmod 777 out", LONG + "--out out",
                        "chmod 555 out .", End.ELSEWHERE));
    }

    @TempDir
    Path temp;

    private Path work;

    @BeforeEach
    void prepare() throws IOException {
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxrwxrwx"));
        work = Files.createDirectory(temp.resolve("work"));
        Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwxrwxrwx"));
        for (Path folder : List.of(temp, work)) {
            Files.writeString(folder.resolve("text.txt"), "round and round and round it goes. ".repeat(10));
        }
        Files.createDirectory(temp.resolve("tmp"));
        Files.setPosixFilePermissions(temp.resolve("tmp"), PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    @AfterEach
    void unmount() throws Exception {
        shell("for d in out out d; do umount -l $d; done 2>/dev/null; cd ..; umount -l work 2>/dev/null; chmod -R u+rwX .; true");
    }

    private void shell(String script) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", script)
                .directory(work.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), script + ": " + output);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void theModelIsSomewhereOrNeverTrained(Way way) throws Exception {
        assumeTrue(IS_ROOT || !way.needsRoot(), "needs root, who can mount disks and become another user");
        shell(way.before.isEmpty() ? "true" : way.before);
        Path log = temp.resolve("log");
        Process process = start(way, log);
        try {
            check(way, process, log);
        } finally {
            process.destroyForcibly();
        }
    }

    private void check(Way way, Process process, Path log) throws Exception {
        if (!way.meanwhile.isEmpty()) {
            awaitEpoch(process, log);
            shell(way.meanwhile);
            process.toHandle().descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
        assertTrue(process.waitFor(10, TimeUnit.MINUTES), "it must end");
        String output = Files.readString(log);
        assertFalse(output.contains("\tat "), output);
        switch (way.end) {
            case REFUSED -> {
                assertFalse(output.contains("training "), "it began: " + output);
                assertTrue(process.exitValue() == 1, output);
                assertEquals(1, output.lines().filter(line -> !line.startsWith("WARNING")).count(), output);
            }
            case SAVED -> {
                if (way.command.contains(">&-")) {
                    LanguageModel.load(work.resolve("out")).close();
                } else {
                    assertTrue(load(output, "out", "n") > 0, output);
                }
            }
            case ELSEWHERE -> {
                assertTrue(load(output, "out-", "unroll-") > 0, output);
                assertTrue(process.exitValue() != 0, output);
            }
        }
    }

    /** Loads what the output says is saved, in folders whose names begin so, and counts it. */
    private int load(String output, String... beginnings) throws IOException {
        int count = 0;
        for (Matcher saved = SAVED.matcher(output); saved.find();) {
            Path folder = work.resolve(saved.group(1).replaceAll("[);].*", ""));
            String name = folder.getFileName().toString();
            if (Stream.of(beginnings).anyMatch(name::startsWith)) {
                try (LanguageModel model = LanguageModel.load(folder)) {
                    assertEquals(20, model.sample("round ", 20).length());
                }
                count++;
            }
        }
        return count;
    }

    private Process start(Way way, Path log) throws IOException {
        String program = InstalledProgram.command("-Djava.io.tmpdir=" + temp.resolve("tmp"));
        int last = way.command.lastIndexOf("; ") < 0 ? 0 : way.command.lastIndexOf("; ") + 2;
        String script = way.command.substring(0, last) + program + way.command.substring(last);
        List<String> command = new ArrayList<>();
        if (way.isOtherUser()) {
            command.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
        }
        command.addAll(List.of("sh", "-c", script));
        return new ProcessBuilder(command)
                .directory(work.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private static void awaitEpoch(Process process, Path log) throws Exception {
        while (!Files.readString(log).contains("\nepoch ")) {
            assertTrue(process.isAlive(), Files.readString(log));
            Thread.sleep(20);
        }
    }
}
