package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.unroll.kernels.simd.SimdKernels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every call computes the same bits interpreted and compiled, and at every width of vectors. */
class SameBitsTest {
    /** Compiles soon, and waits for it, so that some calls are enough. */
    private static final List<String> SOON_COMPILED = List.of(
            "-Xbatch", "-XX:Tier3InvocationThreshold=100", "-XX:Tier4InvocationThreshold=300",
            "-XX:Tier4MinInvocationThreshold=100", "-XX:Tier4CompileThreshold=300");
    private static final String CALLS = "600";

    /** What {@link BitsReport} prints. */
    private static List<String> report(List<String> options, String calls) {
        Path classes = Path.of(Kernels.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        command.addAll(options);
        command.add("-cp");
        command.add(classes + System.getProperty("path.separator") + classes.resolveSibling("test-classes"));
        command.addAll(List.of(BitsReport.class.getName(), calls));
        try {
            Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), output);
            return output.lines().toList();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> widest;

    @BeforeAll
    static void reportOfTheWidest() {
        widest = compiled();
    }

    private static List<String> compiled(String... options) {
        List<String> all = new ArrayList<>(SOON_COMPILED);
        all.addAll(List.of(options));
        return report(all, CALLS);
    }

    @Test
    void interpretedAndCompiledCodeAgree() {
        assertFalse(widest.isEmpty());
        for (String line : widest) {
            assertFalse(line.contains("later"), line);
        }
        assertEquals(widest, report(List.of("-Xint"), "0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"128", "256"})
    void aNarrowerVectorChangesNoBit(String bits) {
        assumeTrue(SimdKernels.widestBits() > Integer.parseInt(bits), "a processor with wider vectors");
        assertEquals(widest, compiled("-Dunroll.simd=" + bits));
    }
}
