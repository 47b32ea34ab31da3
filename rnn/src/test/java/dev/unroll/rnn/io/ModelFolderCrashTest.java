package dev.unroll.rnn.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.io.ModelFolder.FileWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderCrashTest {
    private static final Set<String> NAMES = Set.of("a", "b");

    /** Saves versions 0, 1, 2 ... one after another until it is killed, and says which are saved. */
    static final class Saver {
        private Saver() {}

        public static void main(String[] arguments) throws IOException {
            ModelFolder folder = new ModelFolder(Path.of(arguments[0]), NAMES);
            for (int version = Integer.parseInt(arguments[1]);; version++) {
                FileWriter content = FileWriter.text(version + "\n".repeat(10_000));
                folder.write(Map.of("a", content, "b", content));
                System.out.println(version);
            }
        }
    }

    /** Where it is killed is left to chance: what is found must be complete, and no older than what was promised. */
    @Test
    void aKilledWriterLeavesACompleteModelNotOlderThanTheLastOneSaved(@TempDir Path parent) throws Exception {
        Path target = parent.resolve("model");
        int version = 0;
        for (int round = 0; round < 6; round++) {
            int saved = saveUntilKilled(target, version, 3 + round);
            ModelFolder folder = new ModelFolder(target, NAMES);
            String a = Files.readString(folder.path().resolve("a"));
            assertEquals(a, Files.readString(folder.path().resolve("b")));
            version = Integer.parseInt(a.strip());
            assertTrue(version >= saved, "found " + version + " though " + saved + " was saved");
        }
        new ModelFolder(target, NAMES).write(Map.of("a", FileWriter.text("end")));
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(Set.of(target), Set.copyOf(left.toList()));
        }
    }

    private static int saveUntilKilled(Path target, int version, int count) throws Exception {
        String classPath = root(ModelFolder.class) + System.getProperty("path.separator") + root(Saver.class);
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Process process = new ProcessBuilder(
                java.toString(), "-cp", classPath, Saver.class.getName(), target.toString(), "" + version)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        int saved = version;
        try (BufferedReader lines = process.inputReader()) {
            for (int i = 0; i < count; i++) {
                String line = lines.readLine();
                assertTrue(line != null, "the saver ended by itself");
                saved = Integer.parseInt(line);
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        return saved;
    }

    /** The folder that a class was loaded from, be it on the class path or patched into a module. */
    private static Path root(Class<?> type) throws URISyntaxException {
        String file = "/" + type.getName().replace('.', '/') + ".class";
        Path path = Path.of(type.getResource(file).toURI());
        for (int i = type.getName().split("\\.").length; i > 0; i--) {
            path = path.getParent();
        }
        return path;
    }
}
