package dev.unroll.bench.paper;

import dev.unroll.rnn.io.Shown;
import java.util.Arrays;
import java.util.Locale;

/** The models that are compared. */
public enum Model {
    /** The RNN of one layer. */
    RNN("RNN"),
    /** Deep transition with shortcuts. */
    DTS("DT(S)-RNN"),
    /** Deep output over a deep transition with shortcuts. */
    DOTS("DOT(S)-RNN"),
    /** Two layers, one above the other. */
    SRNN("sRNN"),
    /** DOT(S)-RNN with Lp units, maxout units and dropout: the starred column of the paper's music table. */
    STARRED("DOT(S)*-RNN"),
    /** Long short-term memory; not in the paper. */
    LSTM("LSTM"),
    /** Gated recurrent units; not in the paper. */
    GRU("GRU");

    private final String title;

    Model(String title) {
        this.title = title;
    }

    /**
     * The model of a name.
     *
     * @param name as {@link #toString} has it
     * @return the model
     * @throws IllegalArgumentException if there is none
     */
    public static Model of(String name) {
        return Arrays.stream(values())
                .filter(model -> model.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no model " + Shown.brief(name)
                        + "; there are " + Arrays.toString(values())));
    }

    boolean isOfThePaper() {
        return this != LSTM && this != GRU;
    }

    /**
     * The name in a table.
     *
     * @return as the paper writes it
     */
    public String title() {
        return title;
    }

    /** The name on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
