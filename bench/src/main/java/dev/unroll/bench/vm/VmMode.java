package dev.unroll.bench.vm;

import java.util.Arrays;
import java.util.List;

/** The modes of HotSpot that change how fast vectors are. */
public enum VmMode {
    /** As it starts without options. */
    NORMAL,
    /** Only the optimizing compiler. */
    C2_ONLY("-XX:-TieredCompilation"),
    /** Fused multiply-adds with BigDecimal. */
    NO_FMA("-XX:-UseFMA"),
    /** Only the quick compiler, as development environments start programs. */
    C1_ONLY("-XX:TieredStopAtLevel=1"),
    /** Only the quick compiler, which counts as well. */
    C1_PROFILED("-XX:TieredStopAtLevel=3"),
    /** The quick compiler again, by another option. */
    QUICK_ONLY("-XX:CompilationMode=quick-only"),
    /** No compiler. */
    INTERPRETED("-Xint"),
    /** Vectors as objects. */
    NO_VECTORS("-XX:+UnlockExperimentalVMOptions", "-XX:-EnableVectorSupport");

    private final List<String> options;

    VmMode(String... options) {
        this.options = List.of(options);
    }

    /**
     * Returns what Java is started with.
     *
     * @return the options, none in the normal mode
     */
    public List<String> options() {
        return options;
    }

    /**
     * Returns the mode as tables call it.
     *
     * @return the option that matters
     */
    public String label() {
        return options.isEmpty() ? "no option" : options.getLast();
    }

    /**
     * Finds a mode.
     *
     * @param label as tables call it
     * @return the mode
     * @throws IllegalArgumentException if there is none
     */
    public static VmMode of(String label) {
        return Arrays.stream(values())
                .filter(mode -> mode.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no mode " + label));
    }
}
