package dev.unroll.bench.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code bench/unroll}, run as a user runs it, in a copy of the sources where nothing is built. */
class LauncherIT {
    private static final String BUILDING = "unroll: building";

    @TempDir
    static Path temp;

    private static Path copy;
    private static Path script;
    private static Run first;

    private record Run(int code, String out, String err) {}

    @BeforeAll
    static void aFreshCopyIsStarted() throws Exception {
        Path root = Path.of(System.getProperty("unroll.root"));
        copy = temp.resolve("unroll");
        copy(root, "pom.xml");
        copy(root, ".mvn");
        copy(root, "kernels/bom");
        for (String module : List.of("kernels", "rnn", "gradcheck", "bench")) {
            copy(root, module + "/pom.xml");
            copy(root, module + "/src/main");
        }
        copy(root, "bench/unroll");
        script = copy.resolve("bench/unroll");
        first = run(Map.of(), script.toString(), "info");
    }

    private static void copy(Path root, String name) throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve(name))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = copy.resolve(root.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static ProcessBuilder process(Map<String, String> environment, String... command) {
        ProcessBuilder process = new ProcessBuilder(command).directory(temp.toFile());
        Map<String, String> inherited = process.environment();
        inherited.remove("UNROLL_JAVA_HOME");
        inherited.remove("UNROLL_OPTS");
        String maven = Path.of(System.getProperty("maven.home"), "bin").toString();
        inherited.merge("PATH", maven, (path, _) -> maven + File.pathSeparator + path);
        inherited.putAll(environment);
        return process;
    }

    private static Process start(String name, Map<String, String> environment, String... command) throws IOException {
        return process(environment, command)
                .redirectOutput(temp.resolve(name + ".out").toFile())
                .redirectError(temp.resolve(name + ".err").toFile())
                .start();
    }

    private static Run end(String name, Process process) throws IOException, InterruptedException {
        if (!process.waitFor(Boolean.getBoolean("unroll.full") ? 120 : 30, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        return new Run(
                process.waitFor(),
                Files.readString(temp.resolve(name + ".out")),
                Files.readString(temp.resolve(name + ".err")));
    }

    private static Run run(Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        return end("run", start("run", environment, command));
    }

    private static Path jdk(String name, String version) throws IOException {
        Path home = temp.resolve(name);
        for (String tool : List.of("java", "javac")) {
            Path file = home.resolve("bin").resolve(tool);
            Files.createDirectories(file.getParent());
            Files.writeString(file, "#!/bin/sh\nexit 9\n");
            assertTrue(file.toFile().setExecutable(true));
        }
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    private static void change(Path file) throws IOException {
        Files.writeString(file, Files.readString(file) + "// changed\n");
    }

    @Test
    void theFirstStartBuildsAndSaysSoInOneLine() {
        assertEquals(0, first.code, first.err);
        assertTrue(first.out.contains("cpu:"), first.out);
        assertEquals(1, first.err.lines().filter(line -> line.startsWith("unroll:")).count(), first.err);
        assertTrue(first.err.startsWith(BUILDING), first.err);
    }

    @Tag("full")
    @Test
    void aChangedSourceIsBuiltOnceByTwoStartsAndNotAgain() throws Exception {
        change(copy.resolve("bench/src/main/java/dev/unroll/bench/cli/Main.java"));
        Process one = start("one", Map.of(), script.toString(), "info");
        Process two = start("two", Map.of(), script.toString(), "info");
        Run a = end("one", one);
        Run b = end("two", two);
        assertEquals(0, a.code, a.err);
        assertEquals(0, b.code, b.err);
        assertEquals(1, (a.err + b.err).lines().filter(line -> line.startsWith(BUILDING)).count(), a.err + b.err);
        Run next = run(Map.of(), script.toString(), "info");
        assertFalse(next.err.contains(BUILDING), next.err);
    }

    @Tag("full")
    @Test
    void aBuildThatFailsIsCode1AndNamesItsLog() throws Exception {
        Path broken = copy.resolve("bench/src/main/java/dev/unroll/bench/cli/Broken.java");
        Files.writeString(broken, "class Broken { int x = ; }\n");
        try {
            Run run = run(Map.of(), script.toString(), "info");
            assertEquals(1, run.code);
            assertTrue(run.err.contains("Broken.java"), run.err);
            assertTrue(run.err.contains("unroll: the build failed; all it said is in "), run.err);
            assertEquals("", run.out);
        } finally {
            Files.delete(broken);
        }
    }

    @Test
    void aJdkThatIsTooOldOrNotThereIsOneLineAndCode1() throws Exception {
        Path old = jdk("jdk-21", "21.0.4");
        Run tooOld = run(Map.of("UNROLL_JAVA_HOME", old.toString()), script.toString(), "info");
        assertEquals(1, tooOld.code);
        assertTrue(tooOld.err.contains("JDK 25 or later; found 21 (" + old + ")"), tooOld.err);
        Run none = run(Map.of("UNROLL_JAVA_HOME", "/no/such/jdk"), script.toString(), "info");
        assertEquals(1, none.code);
        assertTrue(none.err.contains("found none in /no/such/jdk"), none.err);
        for (Run run : List.of(tooOld, none)) {
            assertEquals(1, run.err.lines().count(), run.err);
            assertEquals("", run.out);
        }
    }

    @Test
    void anOldJavaHomeIsPassedOverForTheJavaOfThePath() throws Exception {
        run(Map.of(), script.toString(), "info"); // builds what is to build with the real JAVA_HOME
        String own = Path.of(System.getProperty("java.home"), "bin") + File.pathSeparator + System.getenv("PATH");
        Run run = run(Map.of("JAVA_HOME", jdk("jdk-17", "17.0.1").toString(), "PATH", own), script.toString(), "info");
        assertEquals(0, run.code, run.err);
        assertTrue(run.out.contains("cpu:"), run.out);
    }

    @Test
    void pathsAreTheCallersAndCodesTheProgramsAlsoThroughLinks() throws Exception {
        Path link = Files.createSymbolicLink(temp.resolve("link"), Path.of("unroll/bench/unroll"));
        Files.writeString(temp.resolve("caller.txt"), "short");
        Run run = run(Map.of(), link.toString(), "train", "--data", "caller.txt");
        assertEquals(1, run.code);
        assertTrue(run.err.contains("the text has 5"), run.err);
        assertEquals(2, run(Map.of(), link.toString(), "fly").code);
    }

    @Test
    void optionsForTheVirtualMachineReachIt() throws Exception {
        Run run = run(Map.of("UNROLL_OPTS", "-Dunroll.simd=off -Dunroll.threads=1"), script.toString(), "info");
        assertTrue(run.out.contains("scalar (-Dunroll.simd=off)"), run.out);
        assertTrue(run.out.contains("threads:  1"), run.out);
    }

    @Tag("full")
    @Test
    void itWorksOrSaysWhyInOneLineInOddSurroundings() throws Exception {
        run(Map.of(), script.toString(), "info"); // builds what is to build
        Path runs = Path.of(System.getProperty("unroll.root"), "bench/src/test/sh/odd-surroundings.sh");
        Run run = run(Map.of("UNROLL_COPY", copy.toString()), runs.toString(), "--all");
        assertEquals(0, run.code, run.out + run.err);
        assertTrue(run.out.contains(" 0 failed"), run.out);
    }

    @Tag("full")
    @Test
    void peersCallNativeLibrariesWithoutAWarningAndLookForThemInTheSources() throws Exception {
        Run run = run(Map.of(), script.toString(), "peers", "--quick", "--only", "lstm", "--threads", "1");
        assertEquals(0, run.code, run.err);
        assertTrue(run.out.contains("skipped: oneDNN: not fetched yet"), run.out);
        assertTrue(run.out.contains("lstm-pass f32, 1 thread"), run.out);
        assertFalse(run.err.contains("estricted method"), run.err);
    }

    @Test
    void aSignalReachesTheProgramWhichSavesItsModel() throws Exception {
        Path model = temp.resolve("model");
        Process process = start(
                "signal", Map.of(), script.toString(), "train", "--hidden", "8", "--epochs", "1000000", "--out",
                model.toString());
        long patience = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
        // The line that a training starts with comes from Java: by then the script has made way for it.
        while (!Files.readString(temp.resolve("signal.err")).contains("training ") && System.nanoTime() < patience) {
            Thread.sleep(50);
        }
        process.destroy();
        Run run = end("signal", process);
        assertTrue(Files.exists(model.resolve("model.safetensors")), run.out + run.err);
    }

    @Test
    void onATerminalNothingAsksForNativeAccess() throws Exception {
        assumeTrue(System.getProperty("os.name").equals("Linux") && new File("/usr/bin/script").canExecute(),
                "needs script of util-linux, which makes a terminal");
        Files.writeString(temp.resolve("terminal.txt"), "the same words again and ".repeat(40));
        Run run = run(Map.of(), "/usr/bin/script", "-qec", script + " train --data terminal.txt --hidden 8 --batch 2"
                + " --steps 10 --epochs 2", temp.resolve("typescript").toString());
        assertEquals(0, run.code, run.out);
        assertTrue(run.out.contains("100%"), run.out); // the bar, which is drawn on terminals only
        assertFalse(run.out.contains("estricted method"), run.out);
    }
}
