package dev.unroll.bench.dataset;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The published files where a developer keeps them; a test that needs one that is not there is skipped. */
public final class SharedData {
    /** Where they may be. */
    public static final Path PATH = Path.of(System.getProperty("unroll.shared", "../../shared"), "data");

    private SharedData() {}

    /** The folder, for tests that read these files. */
    public static DataFolder folder(Dataset... needed) {
        for (Dataset set : needed) {
            file(set);
        }
        return DataFolder.of(PATH);
    }

    /** One of the files as it is. */
    public static Path file(Dataset set) {
        Path file = PATH.resolve(set.path());
        assumeTrue(Files.exists(file), () -> set + " is not at " + file);
        return file;
    }
}
