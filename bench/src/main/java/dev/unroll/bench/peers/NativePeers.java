package dev.unroll.bench.peers;

import dev.unroll.bench.vm.MavenRun;
import java.io.IOException;
import java.nio.file.Path;

/** The folder of the native libraries: beside the classes that Maven built, and filled by its profile peers. */
public final class NativePeers {
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
        new MavenRun(bench.resolve("pom.xml"))
                .run("the libraries", "-Ppeers", "dependency:unpack@peers", "dependency:copy@jars");
    }
}
