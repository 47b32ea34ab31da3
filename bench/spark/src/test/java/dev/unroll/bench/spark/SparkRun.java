package dev.unroll.bench.spark;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A command of {@code unroll} in a process of its own, with the driver and the executors below it.
 *
 * @param process that was started
 * @param log what all of them printed
 */
record SparkRun(Process process, Path log) {
    static SparkRun start(Path folder, String arguments) throws IOException {
        Path root = Path.of(System.getProperty("unroll.root"));
        String classPath = Stream.of("bench", "gradcheck", "rnn", "kernels")
                .map(module -> root.resolve(module).resolve("target/classes").toString())
                .collect(Collectors.joining(File.pathSeparator, "", File.pathSeparator))
                + root.resolve("bench/target/lib") + "/*";
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "--add-modules",
                "jdk.incubator.vector", "-Dunroll.root=" + root, "-cp", classPath, "dev.unroll.bench.cli.Main"));
        command.addAll(List.of(arguments.split(" ")));
        Path log = Files.createTempFile(folder, "log", ".txt");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        return new SparkRun(process, log);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    int awaitEnd() throws InterruptedException {
        assertTrue(process.waitFor(10, TimeUnit.MINUTES), () -> "it hangs: " + output());
        return process.exitValue();
    }

    String output() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** It said why in its last line, without a stack trace. */
    void assertFailed(String part) {
        List<String> lines = output().lines().filter(line -> !line.startsWith("WARNING: Using incubator")).toList();
        assertTrue(!lines.isEmpty() && lines.getLast().startsWith("unroll train: ") && lines.getLast().contains(part),
                this::output);
        assertFalse(output().contains("\tat "), this::output);
    }

    /** The processes that the driver has started. */
    List<ProcessHandle> executors() {
        return process.children().flatMap(ProcessHandle::children).toList();
    }

    void interrupt() throws IOException, InterruptedException {
        signal("TERM", process.toHandle());
    }

    static void signal(String name, ProcessHandle process) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
    }

    /** Ends what is left of it. */
    void end() {
        List<ProcessHandle> all = process.descendants().toList();
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
    }
}
