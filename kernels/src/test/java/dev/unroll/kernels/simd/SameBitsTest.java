package dev.unroll.kernels.simd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A width is chosen once in a virtual machine, and code is interpreted at its start: so this starts some, in the profile full
 * one for each width.
 */
class SameBitsTest {
    private static final boolean FULL = Boolean.getBoolean("unroll.full");

    private static Process start(int bits) throws IOException {
        Path classes = Path.of(SimdKernels.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        return new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xbatch", // a call that should be compiled waits until it is
                "-XX:CompileThresholdScaling=0.1", // and need not wait long: vectors are slow while interpreted
                "--add-modules", "jdk.incubator.vector", "-Dunroll.simd=" + bits,
                "-Dunroll.full=" + FULL,
                "-cp", classes + File.pathSeparator + classes.resolveSibling("test-classes"),
                BitsReport.class.getName()).start();
    }

    @Test
    void everyWidthInterpretedAndCompiledGivesTheSameBits() throws Exception {
        List<Process> processes = new ArrayList<>();
        int narrowest = FULL ? 128 : SimdKernels.widestBits();
        for (int bits = narrowest; bits <= SimdKernels.widestBits(); bits *= 2) {
            processes.add(start(bits));
        }
        String first = null;
        for (Process process : processes) {
            // What it writes fits into the pipes, so that one may be read after the other.
            String report = new String(process.getInputStream().readAllBytes(), UTF_8);
            String errors = new String(process.getErrorStream().readAllBytes(), UTF_8);
            assertEquals(0, process.waitFor(), errors);
            assertEquals((FULL ? 2 : 1) * BitsReport.kernels().size(), report.lines().count(), errors);
            for (String line : report.lines().toList()) {
                String[] words = line.split("\t"); // a kernel, its first bits, its last
                assertEquals(words[1], words[2], () -> words[0] + ": other bits once compiled");
            }
            first = first == null ? report : first;
            assertEquals(first, report, "other bits at another width");
        }
    }
}
