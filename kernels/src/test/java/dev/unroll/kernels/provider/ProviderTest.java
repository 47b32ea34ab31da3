package dev.unroll.kernels.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Kernels;
import dev.unroll.kernels.simd.SimdKernels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The decision is made once a virtual machine, so each of them is tried in a new one, on the class path. */
class ProviderTest {
    private static final String ADD_MODULE = "start Java with --add-modules jdk.incubator.vector";
    private static final String[] NO_FLAG = {};
    private static final String[] FLAG = {"--add-modules", "jdk.incubator.vector"};

    /** What {@link ProviderReport} wrote. */
    private record Output(List<String> lines, String errors) {}

    private static Output run(String[] flag, String... options) throws IOException, InterruptedException {
        Path classes = Path.of(Kernels.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flag));
        command.addAll(List.of(options));
        command.add("-cp");
        command.add(classes + System.getProperty("path.separator") + classes.resolveSibling("test-classes"));
        command.add("dev.unroll.kernels.provider.ProviderReport");
        Process process = new ProcessBuilder(command).redirectErrorStream(false).start();
        process.getOutputStream().close();
        // What it writes fits into the pipes, so that one may be read after the other.
        String lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), errors);
        return new Output(lines.lines().toList(), errors);
    }

    private static void assertComputesWith(String kernels, Output output) {
        assertEquals(List.of(kernels, "F32 3.0", "F64 3.0"), output.lines());
    }

    private static void assertRefuses(String message, Output output) {
        assertEquals(List.of(message, message, message), output.lines());
    }

    @Test
    void withoutTheModuleItComputesScalarAndSaysOnceWhichFlagIsMissing() throws Exception {
        Output output = run(NO_FLAG);
        assertComputesWith("scalar (no module jdk.incubator.vector; " + ADD_MODULE + ")", output);
        List<String> warnings = output.errors().lines().filter(line -> line.contains(ADD_MODULE)).toList();
        assertEquals(1, warnings.size(), output.errors());
        assertTrue(warnings.getFirst().startsWith("WARNING: "), output.errors());
    }

    @Test
    void withTheModuleItTakesTheWidestVectors() throws Exception {
        int widest = SimdKernels.widestBits();
        assumeTrue(widest >= 256, "a processor with vectors of 256 bits");
        assertComputesWith(widest + " bit vectors (the widest of this processor)", run(FLAG));
    }

    @ParameterizedTest
    @ValueSource(strings = {"128", "256", "512"})
    void aWidthThatTheProcessorHasCanBeForced(String bits) throws Exception {
        assumeTrue(SimdKernels.widestBits() >= Math.max(256, Integer.parseInt(bits)), "a processor with this width");
        String option = "-Dunroll.simd=" + bits;
        assertComputesWith(bits + " bit vectors (" + option + ")", run(FLAG, option));
    }

    @Test
    void vectorsCanBeForcedOff() throws Exception {
        assertComputesWith("scalar (-Dunroll.simd=off)", run(FLAG, "-Dunroll.simd=off"));
        Output output = run(NO_FLAG, "-Dunroll.simd=off");
        assertComputesWith("scalar (-Dunroll.simd=off)", output);
        assertEquals("", output.errors()); // what is wished needs no warning
    }

    @Test
    void aForcedWidthNeedsTheModule() throws Exception {
        assertRefuses("unroll.simd=256 needs the Vector API; " + ADD_MODULE, run(NO_FLAG, "-Dunroll.simd=256"));
    }

    @Test
    void aWidthAboveTheProcessorsIsRefused() throws Exception {
        assumeTrue(isX86(), "the option for narrower vectors is of x86");
        assertRefuses(
                "unroll.simd=512: this processor has vectors of 256 bits; force at most that, or leave it out",
                run(FLAG, "-XX:UseAVX=2", "-Dunroll.simd=512"));
    }

    @Test
    void withoutFusedMultiplyAddItComputesScalar() throws Exception {
        assumeTrue(isX86(), "the option for older vectors is of x86");
        assertComputesWith(
                "scalar (the processor has no fused multiply-add for vectors)", run(FLAG, "-XX:UseAVX=0"));
        assertRefuses(
                "unroll.simd=128: this processor has no fused multiply-add for vectors; force off, or leave it out",
                run(FLAG, "-XX:UseAVX=0", "-Dunroll.simd=128"));
    }

    /** The line that says it, among those of the virtual machine itself. */
    private static void assertWarnsOnce(String warning, Output output) {
        List<String> warnings = output.errors().lines().filter(line -> line.contains("Unroll")).toList();
        assertEquals(List.of("WARNING: Unroll " + warning), warnings);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -Xint | with -Xint nothing is compiled; leave it out
            -XX:TieredStopAtLevel=0 | with -XX:TieredStopAtLevel=0 C2, which compiles vectors, is off; leave it out
            -XX:TieredStopAtLevel=1 | with -XX:TieredStopAtLevel=1 C2, which compiles vectors, is off; leave it out
            -XX:TieredStopAtLevel=2 | with -XX:TieredStopAtLevel=2 C2, which compiles vectors, is off; leave it out
            -XX:TieredStopAtLevel=3 | with -XX:TieredStopAtLevel=3 C2, which compiles vectors, is off; leave it out
            -XX:CompilationMode=quick-only | in the mode emulated-client C2, which compiles vectors, is off; leave out \
            -XX:TieredStopAtLevel, -XX:CompilationMode and -XX:+NeverActAsServerClassMachine
            -XX:-UseCompiler | with -XX:-UseCompiler nothing is compiled; leave it out
            -XX:-UseFMA | with -XX:-UseFMA fused multiply-adds are computed with BigDecimal; leave it out
            -XX:-EnableVectorSupport | with -XX:-EnableVectorSupport vectors are not compiled; leave it out
            """)
    void whereVectorsWouldBeSlowerItComputesScalarAndSaysOnceWhy(String mode, String reason) throws Exception {
        assumeTrue(SimdKernels.widestBits() >= 256, "a processor with vectors of 256 bits");
        Output output = run(FLAG, "-XX:+UnlockExperimentalVMOptions", mode);
        assertComputesWith("scalar (" + reason + ")", output);
        assertWarnsOnce("runs on slow scalar kernels: " + reason, output);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-XX:-TieredCompilation", "-Xcomp", "-XX:CompilationMode=high-only"})
    void whereTheCompilerOfVectorsIsTheyAreTakenWithoutAWord(String mode) throws Exception {
        int widest = SimdKernels.widestBits();
        assumeTrue(widest >= 256, "a processor with vectors of 256 bits");
        // Under -Xcomp the classes of the JDK would all be compiled too, which takes minutes.
        Output output = run(FLAG, "-XX:CompileCommand=quiet", "-XX:CompileCommand=compileonly,dev.unroll.*::*", mode);
        assertComputesWith(widest + " bit vectors (the widest of this processor)", output);
        assertFalse(output.errors().contains("Unroll"), output.errors());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Xint", "-XX:-UseFMA", "-XX:TieredStopAtLevel=1"})
    void aForcedWidthIsTakenWhereItIsSlowAndSaysSo(String mode) throws Exception {
        assumeTrue(SimdKernels.widestBits() >= 256, "a processor with vectors of 256 bits");
        Output output = run(FLAG, mode, "-Dunroll.simd=256");
        assertComputesWith("256 bit vectors (-Dunroll.simd=256)", output);
        List<String> warnings = output.errors().lines().filter(line -> line.contains("Unroll")).toList();
        assertEquals(1, warnings.size(), output.errors());
        assertTrue(warnings.getFirst().contains("runs on vectors, as -Dunroll.simd=256 wishes"), output.errors());
        assertTrue(warnings.getFirst().contains("with " + mode), output.errors());
    }

    /** As in an application of modules that does not need the one for management. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -Xint | with -Xint nothing is compiled; leave it out
            -XX:TieredStopAtLevel=1 | in the mode emulated-client C2, which compiles vectors, is off; leave out \
            -XX:TieredStopAtLevel, -XX:CompilationMode and -XX:+NeverActAsServerClassMachine
            -XX:-UseFMA | fused multiply-adds take more than a microsecond; leave out -XX:-UseFMA if it is set
            """)
    void withoutTheModuleForManagementItGoesByTheModeAndATimingOfFma(String mode, String reason) throws Exception {
        assumeTrue(SimdKernels.widestBits() >= 256, "a processor with vectors of 256 bits");
        Output output = run(FLAG, "--limit-modules", "jdk.incubator.vector", mode);
        assertComputesWith("scalar (" + reason + ")", output);
        assertWarnsOnce("runs on slow scalar kernels: " + reason, output);
    }

    @Test
    void withoutTheModuleForManagementVectorsAreTakenWhereFmaIsFast() throws Exception {
        int widest = SimdKernels.widestBits();
        assumeTrue(widest >= 256, "a processor with vectors of 256 bits");
        Output output = run(FLAG, "--limit-modules", "jdk.incubator.vector");
        assertComputesWith(widest + " bit vectors (the widest of this processor)", output);
        assertFalse(output.errors().contains("Unroll"), output.errors());
    }

    private static boolean isX86() {
        return System.getProperty("os.arch").equals("amd64") && SimdKernels.widestBits() >= 256;
    }

    @ParameterizedTest
    @ValueSource(strings = {"1024", "on", "", "OFF"})
    void anUnknownValueIsRefusedWithTheOnesThatAreKnown(String value) throws Exception {
        assertRefuses(
                "unroll.simd=" + value + ": expected 512, 256, 128 or off, or leave it out",
                run(FLAG, "-Dunroll.simd=" + value));
    }

    @Test
    void nothingComputesInIntegers() {
        assertEquals(
                "kernels compute in F32 or F64, not in I32",
                assertThrows(IllegalArgumentException.class, () -> Provider.kernels(ElementType.I32)).getMessage());
    }

    @Test
    void describesWhatIsActive() {
        int bits = Kernels.vectorBits();
        String kernels = bits == 0 ? "scalar" : bits + " bit vectors";
        assertEquals(kernels + " (" + Provider.reason() + ")", Kernels.describe());
    }
}
