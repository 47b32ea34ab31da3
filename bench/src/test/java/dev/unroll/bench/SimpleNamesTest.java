package dev.unroll.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A simple name means one type in all modules, so that nobody imports or reads the wrong one. */
class SimpleNamesTest {
    private static final List<String> MODULES = List.of("kernels", "rnn", "gradcheck", "bench");

    private static final Set<String> OF_EVERY_PACKAGE = Set.of("package-info", "module-info");

    @Test
    void noSimpleNameStandsTwice() throws IOException {
        Map<String, Integer> files = new TreeMap<>();
        for (String module : MODULES) {
            try (Stream<Path> sources = Files.walk(Path.of("..", module, "src", "main", "java"))) {
                sources.map(path -> path.getFileName().toString())
                        .filter(name -> name.endsWith(".java"))
                        .map(name -> name.substring(0, name.length() - ".java".length()))
                        .forEach(name -> files.merge(name, 1, Integer::sum));
            }
        }
        assertFalse(files.isEmpty());
        files.keySet().removeAll(OF_EVERY_PACKAGE);
        files.values().removeIf(count -> count == 1);
        assertEquals(Map.of(), files);
    }
}
