package dev.unroll.kernels.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Virtual machines that are not here to be started; {@link ProviderTest} starts the others. */
class VirtualMachineTest {
    private static final String SERVER = "OpenJDK 64-Bit Server VM";
    private static final String MIXED = "mixed mode, sharing";
    private static final VmFlags USUAL = new VmFlags(
            Map.of(VmFlags.USE_FMA, new VmFlags.Flag("true", false), VmFlags.STOP_AT_LEVEL,
                    new VmFlags.Flag("4", false), VmFlags.USE_COMPILER, new VmFlags.Flag("true", false)));

    private static VirtualMachine vm(String name, String version, VmFlags flags) {
        return new VirtualMachine(name, MIXED, Runtime.Version.parse(version), flags, () -> {
            throw new AssertionError("flags that are known say whether multiply-adds are fast");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {SERVER, "Java HotSpot(TM) 64-Bit Server VM"})
    void hotSpotWithItsUsualFlagsHasVectors(String name) {
        assertEquals(Optional.empty(), vm(name, "25.0.3", USUAL).obstacle());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "Eclipse OpenJ9 VM", "OpenJDK Client VM", "OpenJDK 64-Bit Zero VM", "OpenJDK 64-Bit Minimal VM",
        "Zing 64-Bit Tiered VM", "Substrate VM", ""})
    void othersAreNamedAndNotTrusted(String name) {
        assertEquals(
                Optional.of("vectors are not tested on the virtual machine " + name
                        + "; use HotSpot with C2, or try -Dunroll.simd=256"),
                vm(name, "25.0.3", VmFlags.UNKNOWN).obstacle());
    }

    @Test
    void aLongNameIsCut() {
        String obstacle = vm("x".repeat(1_000), "25.0.3", VmFlags.UNKNOWN).obstacle().orElseThrow();
        assertTrue(obstacle.contains("x".repeat(60) + "...") && obstacle.length() < 200, obstacle);
    }

    @Test
    void anotherCompilerInPlaceOfC2IsNotTrusted() {
        VmFlags flags = new VmFlags(
                Map.of(VmFlags.USE_FMA, new VmFlags.Flag("true", false), VmFlags.JVMCI_COMPILER,
                        new VmFlags.Flag("true", true)));
        assertEquals(
                Optional.of("vectors are not tested with a JVMCI compiler; start Java with -XX:-UseJVMCICompiler"),
                vm(SERVER, "25.0.3", flags).obstacle());
    }

    /** The virtual machine stops the compiler for a while when its memory for code is full. */
    @Test
    void aCompilerThatNobodyTurnedOffComesBack() {
        VmFlags flags = new VmFlags(
                Map.of(VmFlags.USE_FMA, new VmFlags.Flag("true", false), VmFlags.USE_COMPILER,
                        new VmFlags.Flag("false", false)));
        assertEquals(Optional.empty(), vm(SERVER, "25.0.3", flags).obstacle());
    }

    @Test
    void aProcessorWithoutMultiplyAddIsToldFromAFlag() {
        VmFlags found = new VmFlags(Map.of(VmFlags.USE_FMA, new VmFlags.Flag("false", false)));
        VmFlags chosen = new VmFlags(Map.of(VmFlags.USE_FMA, new VmFlags.Flag("false", true)));
        assertTrue(vm(SERVER, "25.0.3", found).lacksFma());
        assertFalse(vm(SERVER, "25.0.3", chosen).lacksFma());
        assertFalse(vm(SERVER, "25.0.3", VmFlags.UNKNOWN).lacksFma());
    }

    @ParameterizedTest
    @CsvSource({"25+36,true", "25.0.1+8-LTS,true", "25.0.2,true", "25.0.3+9-LTS,false", "25.0.3,false", "25.0.4,false",
        "26-ea+1,false", "26,false", "27.0.1,false"})
    void versionsBelowTheOneThatIsTestedAreWarnedOf(String version, boolean isOld) {
        Optional<String> age = vm(SERVER, version, USUAL).age();
        assertEquals(isOld, age.isPresent(), () -> age.orElse("no warning"));
        age.ifPresent(text -> assertEquals(
                "Java " + version
                        + " can crash in vector code (JDK-8367333); use 25.0.3 or later, or -Dunroll.simd=off",
                text));
    }
}
