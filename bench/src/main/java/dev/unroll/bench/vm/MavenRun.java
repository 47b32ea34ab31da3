package dev.unroll.bench.vm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs of Maven over the sources of this program, which get what is not part of it.
 *
 * @param pom of the project
 */
public record MavenRun(Path pom) {
    /** The system property by which {@code bench/unroll} tells where the sources are. */
    public static final String ROOT = "unroll.root";

    /**
     * Refuses to run without the sources.
     *
     * @param pom of the part of them that is wanted
     * @throws IOException if it is not there
     */
    public static void requireSources(Path pom) throws IOException {
        if (!Files.exists(pom)) {
            throw new IOException("--fetch needs the sources, and " + pom + " is not there; start bench/unroll");
        }
    }

    /**
     * Runs Maven to its end, which prints what goes wrong.
     *
     * @param what it gets, for messages
     * @param arguments options and goals
     * @throws IOException if there are no sources or no Maven, or it fails
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public void run(String what, String... arguments) throws IOException, InterruptedException {
        requireSources(pom);
        List<String> command = new ArrayList<>(List.of("mvn", "-q", "-B", "-f", pom.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder maven = new ProcessBuilder(command).inheritIO();
        // Where there is no older one, Maven runs on this JDK.
        maven.environment().putIfAbsent("JAVA_HOME", System.getProperty("java.home"));
        maven.environment().putIfAbsent("JAVA25_HOME", System.getProperty("java.home"));
        int code = start(maven).waitFor();
        if (code != 0) {
            throw new IOException("Maven could not fetch " + what + " (exit code " + code + "); it says why above");
        }
    }

    private static Process start(ProcessBuilder maven) throws IOException {
        try {
            return maven.start();
        } catch (IOException e) {
            throw new IOException("--fetch needs Apache Maven: " + e.getMessage(), e);
        }
    }
}
