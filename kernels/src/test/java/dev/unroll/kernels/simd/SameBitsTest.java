package dev.unroll.kernels.simd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * A width is chosen once in a virtual machine, and code is interpreted at its start: so this starts some, in the profile full
 * one for each width.
 */
class SameBitsTest {
    private static final boolean FULL = Boolean.getBoolean("unroll.full");

    private static String read(InputStream stream) {
        try {
            return new String(stream.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Process start(int bits) throws IOException {
        Path classes = Path.of(SimdKernels.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        return new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xbatch", // a call that should be compiled waits until it is
                "-XX:CompileThresholdScaling=0.1", // and need not wait long: vectors are slow while interpreted
                "-XX:+PrintCompilation", "-XX:+DisplayVMOutputToStderr",
                "--add-modules", "jdk.incubator.vector", "-Dunroll.simd=" + bits,
                "-Dunroll.full=" + FULL,
                "-cp", classes + File.pathSeparator + classes.resolveSibling("test-classes"),
                BitsReport.class.getName()).start();
    }

    /** The lines of the compilers about methods of this library that they do not compile. */
    private static List<String> givenUp(String lines) {
        return lines.lines().filter(line -> line.contains("dev.unroll") && line.contains("COMPILE SKIPPED")).toList();
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
            CompletableFuture<String> lines = CompletableFuture.supplyAsync(() -> read(process.getErrorStream()));
            String report = read(process.getInputStream());
            String errors = lines.join();
            assertEquals(0, process.waitFor(), errors);
            assertEquals(List.of(), givenUp(errors),
                    "a compiler gives up a method, which stays slow forever: split it");
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
