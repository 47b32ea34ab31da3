package dev.unroll.bench.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder of the native libraries: beside the classes that Maven built, and filled by its profile peers. */
public final class NativePeers {
    /** The system property by which {@code bench/unroll} tells where the sources are. */
    public static final String ROOT = "unroll.root";

    private final Path bench;

    /**
     * The folder of some sources.
     *
     * @param root of the sources
     */
    public NativePeers(Path root) {
        this.bench = root.resolve("bench");
    }

    /**
     * Where the libraries are, if they are there.
     *
     * @return the folder
     */
    public Path folder() {
        return bench.resolve("target").resolve("peers");
    }

    /**
     * Has Maven download and unpack them; what is there already stays.
     *
     * @throws IOException if there is no Maven or it fails
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public void fetch() throws IOException, InterruptedException {
        Path pom = bench.resolve("pom.xml");
        if (!Files.exists(pom)) {
            throw new IOException("--fetch needs the sources, and " + pom + " is not there; start bench/unroll");
        }
        ProcessBuilder maven = new ProcessBuilder(
                "mvn", "-q", "-B", "-f", pom.toString(), "-Ppeers", "dependency:unpack@peers", "dependency:copy@jars")
                .inheritIO();
        // Where there is no older one, Maven runs on this JDK.
        maven.environment().putIfAbsent("JAVA_HOME", System.getProperty("java.home"));
        int code = start(maven).waitFor();
        if (code != 0) {
            throw new IOException("Maven could not fetch the libraries (exit code " + code + "); it says why above");
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
