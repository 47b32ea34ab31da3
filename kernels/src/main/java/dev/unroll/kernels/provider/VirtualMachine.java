package dev.unroll.kernels.provider;

import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What a virtual machine says about itself, from which follows whether vectors are fast in it. Nothing is concluded
 * from timing vectors: until they are compiled they are slow everywhere.
 *
 * @param name such as {@code OpenJDK 64-Bit Server VM}
 * @param info its mode, such as {@code mixed mode, sharing}
 * @param version its version
 * @param flags its flags
 * @param hasFastFma whether {@code Math.fma} is fast; asked only if the flags do not tell
 */
record VirtualMachine(String name, String info, Runtime.Version version, VmFlags flags, BooleanSupplier hasFastFma) {
    /** The lowest version that is tested. */
    private static final Runtime.Version FLOOR = Runtime.Version.parse("25.0.3");

    private static final int MOST_OF_NAME = 60;

    /** What ends each reason that a flag is. */
    private static final String LEAVE_OUT = "; leave it out";

    /** Returns the virtual machine that runs this. */
    static VirtualMachine current() {
        String name = System.getProperty("java.vm.name", "");
        VmFlags flags = isServer(name) ? VmFlags.read() : VmFlags.UNKNOWN;
        return new VirtualMachine(
                name, System.getProperty("java.vm.info", ""), Runtime.version(), flags, FusedMultiplyAdd::isFast);
    }

    /** HotSpot with both of its compilers. Its Client, Minimal and Zero variants lack C2, which compiles vectors. */
    private static boolean isServer(String name) {
        return name.endsWith("Server VM");
    }

    /**
     * Returns whether the processor lacks fused multiply-add, as far as the flags tell: Java then computes it with
     * BigDecimal, a thousand times slower.
     */
    boolean lacksFma() {
        return flags.is(VmFlags.USE_FMA, false) && !flags.isChosen(VmFlags.USE_FMA);
    }

    /**
     * Returns why vectors are slower than the scalar kernels in this virtual machine, or were not tested on it, and
     * what to do; nothing if they are fast.
     */
    Optional<String> obstacle() {
        if (!isServer(name)) {
            String shown = name.length() <= MOST_OF_NAME ? name : name.substring(0, MOST_OF_NAME) + "...";
            return Optional.of("vectors are not tested on the virtual machine " + shown
                    + "; use HotSpot with C2, or try -Dunroll.simd=256");
        }
        if (info.contains("interpreted mode")) {
            return Optional.of("with -Xint nothing is compiled" + LEAVE_OUT);
        }
        return missingCompiler().or(this::missingInstructions);
    }

    private Optional<String> missingCompiler() {
        int level = flags.number(VmFlags.STOP_AT_LEVEL).orElse(4);
        if (level < 4) {
            return Optional.of("with -XX:TieredStopAtLevel=" + level + " C2, which compiles vectors, is off"
                    + LEAVE_OUT);
        }
        if (flags.is(VmFlags.USE_COMPILER, false) && flags.isChosen(VmFlags.USE_COMPILER)) {
            return Optional.of("with -XX:-UseCompiler nothing is compiled" + LEAVE_OUT);
        }
        if (info.contains("emulated-client")) {
            return Optional.of("in the mode emulated-client C2, which compiles vectors, is off; leave out "
                    + "-XX:TieredStopAtLevel, -XX:CompilationMode and -XX:+NeverActAsServerClassMachine");
        }
        if (flags.is(VmFlags.JVMCI_COMPILER, true)) {
            return Optional.of("vectors are not tested with a JVMCI compiler; start Java with -XX:-UseJVMCICompiler");
        }
        return Optional.empty();
    }

    private Optional<String> missingInstructions() {
        if (flags.is(VmFlags.VECTOR_SUPPORT, false)) {
            return Optional.of("with -XX:-EnableVectorSupport vectors are not compiled" + LEAVE_OUT);
        }
        if (flags.is(VmFlags.USE_FMA, false)) {
            return Optional.of("with -XX:-UseFMA fused multiply-adds are computed with BigDecimal" + LEAVE_OUT);
        }
        if (!flags.areKnown() && !hasFastFma.getAsBoolean()) {
            return Optional.of("fused multiply-adds take more than a microsecond; leave out -XX:-UseFMA if it is set");
        }
        return Optional.empty();
    }

    /** Returns what is known to go wrong with vectors in an older version, and what to do; nothing if it is tested. */
    Optional<String> age() {
        return version.compareToIgnoreOptional(FLOOR) >= 0
                ? Optional.empty()
                : Optional.of("Java " + version + " can crash in vector code (JDK-8367333); use " + FLOOR
                        + " or later, or -Dunroll.simd=off");
    }
}
