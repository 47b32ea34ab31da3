package dev.unroll.kernels.provider;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The flags of a HotSpot virtual machine that decide whether vectors are compiled. They are read through the optional
 * module {@code jdk.management}. Experimental flags that nobody unlocked cannot be read; they have their defaults.
 */
final class VmFlags {
    static final String USE_FMA = "UseFMA";
    static final String USE_COMPILER = "UseCompiler";
    static final String STOP_AT_LEVEL = "TieredStopAtLevel";
    static final String VECTOR_SUPPORT = "EnableVectorSupport";
    static final String JVMCI_COMPILER = "UseJVMCICompiler";

    static final VmFlags UNKNOWN = new VmFlags(Map.of());

    private static final String[] NAMES = {USE_FMA, USE_COMPILER, STOP_AT_LEVEL, VECTOR_SUPPORT, JVMCI_COMPILER};

    private final Map<String, Flag> flags;

    /**
     * A flag.
     *
     * @param value as text
     * @param isChosen whether it was set, instead of being found out by the virtual machine
     */
    record Flag(String value, boolean isChosen) {}

    VmFlags(Map<String, Flag> flags) {
        this.flags = Map.copyOf(flags);
    }

    /** Returns the flags of this virtual machine, {@link #UNKNOWN} where the module to read them is missing. */
    static VmFlags read() {
        return ModuleLayer.boot().findModule("jdk.management").isPresent() ? Reader.read() : UNKNOWN;
    }

    /** Returns whether flags could be read. */
    boolean areKnown() {
        return flags.containsKey(USE_FMA);
    }

    /** Returns whether a flag is known and was set, instead of being found out by the virtual machine. */
    boolean isChosen(String name) {
        return flags.containsKey(name) && flags.get(name).isChosen();
    }

    /** Returns whether a flag is known and has a value. */
    boolean is(String name, boolean value) {
        return flags.containsKey(name) && flags.get(name).value().equals(Boolean.toString(value));
    }

    /** Returns the value of a flag that is a number, or nothing if it cannot be read. */
    Optional<Integer> number(String name) {
        return Optional.ofNullable(flags.get(name)).map(flag -> Integer.valueOf(flag.value()));
    }

    /** The only class that names those of the module; loaded only where it is present. */
    private static final class Reader {
        static VmFlags read() {
            HotSpotDiagnosticMXBean bean = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            Map<String, Flag> flags = new HashMap<>();
            for (String name : NAMES) {
                try {
                    VMOption option = bean.getVMOption(name);
                    flags.put(name, new Flag(option.getValue(), option.getOrigin() != VMOption.Origin.DEFAULT));
                } catch (IllegalArgumentException _) {
                    continue; // locked, or not in this version
                }
            }
            return new VmFlags(flags);
        }
    }
}
