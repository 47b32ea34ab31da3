package dev.unroll.kernels.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Sums and products over lanes, and the functions of the Vector API, give other bits interpreted than compiled: a run
 * would depend on when the compiler gets to it.
 */
class ForbiddenOperationsTest {
    private static final Pattern FORBIDDEN = Pattern.compile(
            "reduceLanes(ToLong)?\\(\\s*(VectorOperators\\.)?(ADD|MUL)\\b"
                    + "|VectorOperators\\.(SINH?|COSH?|TANH?|ASIN|ACOS|ATAN2?|EXP|EXPM1|LOG|LOG10|LOG1P|CBRT|POW|HYPOT)\\b"
                    + "|import static jdk\\.incubator\\.vector"
                    + "|\\.pow\\(");

    private static List<String> findings(String source) {
        List<String> found = new ArrayList<>();
        Matcher matcher = FORBIDDEN.matcher(source);
        while (matcher.find()) {
            found.add(matcher.group());
        }
        return found;
    }

    @Test
    void noKernelUsesThem() throws IOException {
        List<Path> sources;
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            sources = files.filter(file -> file.toString().endsWith(".java")).toList();
        }
        assertTrue(sources.stream().anyMatch(file -> file.endsWith("ExpF32.java")), "the sources are where they were");
        for (Path source : sources) {
            assertEquals(List.of(), findings(Files.readString(source)), source.toString());
        }
    }

    @Test
    void theyAreRecognised() {
        assertEquals(1, findings("v.reduceLanes(VectorOperators.ADD)").size());
        assertEquals(1, findings("v.reduceLanes(\n        VectorOperators.MUL, mask)").size());
        assertEquals(1, findings("v.lanewise(VectorOperators.TANH)").size());
        assertEquals(List.of(), findings("v.reduceLanes(VectorOperators.MAX)"));
        assertEquals(List.of(), findings("v.lanewise(VectorOperators.AND, mask)"));
    }
}
