package dev.unroll.bench.report;

import java.util.Locale;

/** The measures in which the mean loss of predictions is reported; less is better in all of them. */
public enum LossMeasure {
    /** Perplexity per token: exp(loss). */
    PERPLEXITY("perplexity", "perplexities", "perplexity", "tokens", 1) {
        @Override
        public double of(double loss) {
            return StrictMath.exp(loss);
        }

        @Override
        public String text(double loss) {
            return String.format(Locale.ROOT, "perplexity %.4f", of(loss));
        }
    },
    /** Bits per character: the loss divided by log 2. */
    BITS_PER_CHARACTER("bits_per_character", "bits_per_character_of_epochs", "bits per character", "characters", 3) {
        @Override
        public double of(double loss) {
            return loss / LN_2;
        }

        @Override
        public String text(double loss) {
            return String.format(Locale.ROOT, "%.4f bits per character", of(loss));
        }
    },
    /** Nats per frame of independent bits: the loss itself. */
    NATS_PER_FRAME("nats_per_frame", "nats_per_frame_of_epochs", "nats per frame", "frames", 3) {
        @Override
        public double of(double loss) {
            return loss;
        }

        @Override
        public String text(double loss) {
            return String.format(Locale.ROOT, "%.4f nats per frame", of(loss));
        }
    };

    private static final double LN_2 = StrictMath.log(2);

    private final String key;
    private final String keyOfMany;
    private final String unit;
    private final String rows;
    private final int decimals;

    LossMeasure(String key, String keyOfMany, String unit, String rows, int decimals) {
        this.key = key;
        this.keyOfMany = keyOfMany;
        this.unit = unit;
        this.rows = rows;
        this.decimals = decimals;
    }

    /**
     * The name of the figure in results.
     *
     * @return in lower case, with underscores
     */
    public String key() {
        return key;
    }

    /**
     * The name of a list of figures in results.
     *
     * @return in lower case, with underscores
     */
    public String keyOfMany() {
        return keyOfMany;
    }

    /**
     * What stands behind a figure.
     *
     * @return such as nats per frame
     */
    public String unit() {
        return unit;
    }

    /**
     * What is predicted one by one.
     *
     * @return a plural
     */
    public String rows() {
        return rows;
    }

    /**
     * The decimals that tables of the literature have.
     *
     * @return how many
     */
    public int decimals() {
        return decimals;
    }

    /**
     * The figure.
     *
     * @param loss mean nats per prediction
     * @return in this measure
     */
    public abstract double of(double loss);

    /**
     * The figure with its name or unit.
     *
     * @param loss mean nats per prediction
     * @return for people
     */
    public abstract String text(double loss);
}
