package dev.unroll.rnn.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderCrashTest {
    private static final int NUMBERS = 100_000;

    /** Saves versions 0, 1, 2 ... one after another until it is killed, and says which are saved. */
    static final class Saver {
        private Saver() {}

        public static void main(String[] arguments) throws IOException {
            ModelFolder folder = new ModelFolder(Path.of(arguments[0]));
            try (Workspace workspace = new Workspace("saver")) {
                Tensor tensor = workspace.zeros(ElementType.I32, NUMBERS);
                for (int version = Integer.parseInt(arguments[1]);; version++) {
                    folder.write(version(version, tensor));
                    System.out.println(version);
                }
            }
        }
    }

    private static ModelFolder.Model version(int version, Tensor tensor) {
        int[] numbers = new int[NUMBERS];
        Arrays.fill(numbers, version);
        LinkedHashMap<TensorInfo, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(new TensorInfo("w", ElementType.I32, NUMBERS), tensor.copyFrom(numbers));
        return new ModelFolder.Model(Map.of("format", 1, "version", version), tensors);
    }

    private static int read(Path target) throws IOException {
        return new ModelFolder(target).read((description, numbers) -> {
            try (Workspace workspace = new Workspace("reader")) {
                Tensor tensor = workspace.zeros(ElementType.I32, NUMBERS);
                numbers.read("w", tensor);
                int version = (int) description.integer("version");
                for (int number : tensor.toInts()) {
                    assertEquals(version, number);
                }
                return version;
            }
        });
    }

    /** Where it is killed is left to chance: what is found must be complete, and no older than what was promised. */
    @Test
    void aKilledWriterLeavesACompleteModelNotOlderThanTheLastOneSaved(@TempDir Path parent) throws Exception {
        Path target = parent.resolve("model");
        int version = 0;
        for (int round = 0; round < 6; round++) {
            int saved = saveUntilKilled(target, version, 3 + round);
            version = read(target);
            assertTrue(version >= saved, "found " + version + " though " + saved + " was saved");
        }
        try (Workspace workspace = new Workspace("last")) {
            new ModelFolder(target).write(version(7, workspace.zeros(ElementType.I32, NUMBERS)));
        }
        try (Stream<Path> left = Files.list(target)) {
            Set<String> names = left.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
            assertEquals(Set.of("model.json", "model.safetensors"), names);
        }
    }

    private static int saveUntilKilled(Path target, int version, int count) throws Exception {
        String classPath = Stream.of(ModelFolder.class, Saver.class, Tensor.class)
                .map(ModelFolderCrashTest::root)
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
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

    /** The folder or jar that a class was loaded from, be it on the class path or patched into a module. */
    private static Path root(Class<?> type) {
        String file = "/" + type.getName().replace('.', '/') + ".class";
        String uri = type.getResource(file).toString();
        if (uri.startsWith("jar:")) {
            return Path.of(URI.create(uri.substring("jar:".length(), uri.indexOf("!/"))));
        }
        Path path = Path.of(URI.create(uri));
        for (int i = type.getName().split("\\.").length; i > 0; i--) {
            path = path.getParent();
        }
        return path;
    }
}
