package dev.unroll.bench.cli;

import java.util.Locale;

/** How the mean loss of a row of predictions is told. */
enum Measure {
    /** Of a token: e to the loss. */
    PERPLEXITY("perplexity", "perplexities", "tokens") {
        @Override
        double of(double loss) {
            return Math.exp(loss);
        }

        @Override
        String text(double loss) {
            return String.format(Locale.ROOT, "perplexity %.4f", of(loss));
        }
    },
    /** Of a frame of independent bits: the loss itself. */
    NATS_A_FRAME("nats_a_frame", "nats_a_frame_of_epochs", "frames") {
        @Override
        double of(double loss) {
            return loss;
        }

        @Override
        String text(double loss) {
            return String.format(Locale.ROOT, "%.4f nats a frame", of(loss));
        }
    };

    private final String key;
    private final String keyOfMany;
    private final String rows;

    Measure(String key, String keyOfMany, String rows) {
        this.key = key;
        this.keyOfMany = keyOfMany;
        this.rows = rows;
    }

    /** The name of the figure in results. */
    String key() {
        return key;
    }

    /** The name of a list of figures. */
    String keyOfMany() {
        return keyOfMany;
    }

    /** What is predicted one by one. */
    String rows() {
        return rows;
    }

    /** The figure, smaller is better. */
    abstract double of(double loss);

    /** The figure with its name or unit. */
    abstract String text(double loss);
}
