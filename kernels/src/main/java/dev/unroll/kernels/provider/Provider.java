package dev.unroll.kernels.provider;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.scalar.ScalarKernelsF32;
import dev.unroll.kernels.scalar.ScalarKernelsF64;
import dev.unroll.kernels.simd.SimdKernels;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The one decision which kernels to use, made on first use and never changed: vectors if the module {@code
 * jdk.incubator.vector} is present, the processor has vectors of at least 128 bits with fused multiply-add, and the
 * virtual machine compiles them, otherwise the scalar kernels. The system property {@code unroll.simd} forces a width
 * or none; a width that the processor has is taken also where the virtual machine makes it slow. The decision holds for
 * both element types, except that vectors of 128 bits are used for F32 only.
 */
public final class Provider {
    private static final String MODULE = "jdk.incubator.vector";
    private static final String ADD_MODULE = "start Java with --add-modules " + MODULE;
    private static final System.Logger LOGGER = System.getLogger("dev.unroll.kernels");

    private static final Provider ACTIVE;

    /** Why the forced width is not available, null if it is. Kept so that every call says it, not only the first. */
    private static final String REFUSAL;

    static {
        Provider active = null;
        String refusal = null;
        try {
            active = decide(ForcedWidth.bits());
            LOGGER.log(System.Logger.Level.DEBUG, "kernels: {0} bits, 0 for scalar ({1})", active.bits, active.reason);
        } catch (IllegalArgumentException e) {
            refusal = e.getMessage();
        }
        ACTIVE = active;
        REFUSAL = refusal;
    }

    private final int bits;
    private final String reason;
    private final KernelSet f32;
    private final KernelSet f64;

    private Provider(int bits, String reason, KernelSet f32, KernelSet f64) {
        this.bits = bits;
        this.reason = reason;
        this.f32 = f32;
        this.f64 = f64;
    }

    /**
     * Returns the active kernels.
     *
     * @param type F32 or F64
     * @return one of each family
     * @throws IllegalArgumentException for I32, for which there are no kernels
     * @throws IllegalStateException if the forced width is not available
     */
    public static KernelSet kernels(ElementType type) {
        return switch (type) {
            case F32 -> active().f32;
            case F64 -> active().f64;
            case I32 -> throw new IllegalArgumentException("kernels compute in F32 or F64, not in I32");
        };
    }

    /**
     * Returns the vector width of the active kernels.
     *
     * @return bits of a vector, 0 for scalar
     * @throws IllegalStateException if the forced width is not available
     */
    public static int vectorBits() {
        return active().bits;
    }

    /**
     * Returns why those kernels are active.
     *
     * @return a clause for a message
     * @throws IllegalStateException if the forced width is not available
     */
    public static String reason() {
        return active().reason;
    }

    private static Provider active() {
        if (REFUSAL != null) {
            throw new IllegalStateException(REFUSAL);
        }
        return ACTIVE;
    }

    private static Provider decide(OptionalInt forced) {
        if (forced.isEmpty()) {
            return widest();
        }
        int bits = forced.getAsInt();
        String property = ForcedWidth.PROPERTY + "=";
        return bits == 0 ? scalar("-D" + property + "off") : forced(property + bits, bits);
    }

    private static Provider forced(String call, int bits) {
        if (!hasModule()) {
            throw new IllegalArgumentException(call + " needs the Vector API; " + ADD_MODULE);
        }
        VirtualMachine vm = VirtualMachine.current();
        int widest = SimdKernels.widestBits();
        if (bits > widest) {
            throw new IllegalArgumentException(
                    call + ": this processor has vectors of " + widest + " bits; force at most that, or leave it out");
        }
        if (!hasFusedMultiplyAdd(vm, widest)) {
            throw new IllegalArgumentException(
                    call + ": this processor has no fused multiply-add for vectors; force off, or leave it out");
        }
        vm.obstacle().ifPresent(obstacle -> warn("runs on vectors, as -D" + call + " wishes, which can be slower than "
                + "-Dunroll.simd=off: " + obstacle));
        return vectors(vm, bits, "-D" + call);
    }

    private static Provider widest() {
        if (!hasModule()) {
            warn("runs on slow scalar kernels; " + ADD_MODULE);
            return scalar("no module " + MODULE + "; " + ADD_MODULE);
        }
        VirtualMachine vm = VirtualMachine.current();
        int widest = SimdKernels.widestBits();
        if (widest < 128) {
            return scalar("the processor has no vectors of 128 bits or more");
        }
        if (!hasFusedMultiplyAdd(vm, widest)) {
            return scalar("the processor has no fused multiply-add for vectors");
        }
        Optional<String> obstacle = vm.obstacle();
        if (obstacle.isPresent()) {
            warn("runs on slow scalar kernels: " + obstacle.get());
            return scalar(obstacle.get());
        }
        return vectors(vm, widest, "the widest of this processor");
    }

    private static void warn(String text) {
        LOGGER.log(System.Logger.Level.WARNING, "Unroll " + text);
    }

    /**
     * Uses vectors for F32, and for F64 if wider than 128 bits: the compiler has no masks of two lanes (JDK 25), so F64
     * kernels of 128 bits are correct but allocate a vector at almost every step and are slower than the scalar ones.
     */
    private static Provider vectors(VirtualMachine vm, int bits, String reason) {
        vm.age().ifPresent(age -> warn("runs on vectors, but " + age));
        KernelSet f64 = bits > 128 ? SimdKernels.f64() : ScalarKernelsF64.set();
        return new Provider(bits, reason, SimdKernels.f32(), f64);
    }

    private static Provider scalar(String reason) {
        return new Provider(0, reason, ScalarKernelsF32.set(), ScalarKernelsF64.set());
    }

    private static boolean hasModule() {
        return ModuleLayer.boot().findModule(MODULE).isPresent();
    }

    /**
     * Returns whether the processor has fused multiply-add; without it Java uses BigDecimal, a thousand times slower.
     * On x86 it came together with the 256 bits of AVX2, so narrower processors are assumed to lack it. Other
     * processors with vectors have it, unless the virtual machine found otherwise.
     */
    private static boolean hasFusedMultiplyAdd(VirtualMachine vm, int widest) {
        if (vm.lacksFma()) {
            return false;
        }
        String processor = System.getProperty("os.arch");
        boolean x86 = processor.equals("amd64") || processor.equals("x86_64") || processor.equals("x86");
        return widest >= 256 || !x86;
    }
}
