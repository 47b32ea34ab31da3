package dev.unroll.bench.peers;

/** The units in which speed is stated. */
public enum Unit {
    /** 10^9 floating-point operations per second; more is faster. */
    GFLOPS("GFLOP/s"),
    /** 10^-9 seconds for one element: less is faster. */
    NS_PER_ELEMENT("ns/element"),
    /** Steps of all sequences together per second, that is tokens or frames; more is faster. */
    STEPS_PER_SECOND("steps/s"),
    /** 10^-6 seconds for one call; less is faster. */
    MICROSECONDS("us");

    private final String text;

    Unit(String text) {
        this.text = text;
    }

    /**
     * The value of a time.
     *
     * @param work what was done
     * @param seconds of one call
     * @return the speed in this unit
     */
    double of(Work work, double seconds) {
        return switch (this) {
            case GFLOPS -> work.amount() / seconds * 1e-9;
            case NS_PER_ELEMENT -> seconds * 1e9 / work.elements();
            case STEPS_PER_SECOND -> work.elements() / seconds;
            case MICROSECONDS -> seconds * 1e6;
        };
    }

    @Override
    public String toString() {
        return text;
    }
}
