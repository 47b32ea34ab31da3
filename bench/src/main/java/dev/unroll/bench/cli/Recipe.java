package dev.unroll.bench.cli;

import dev.unroll.rnn.data.TextRule;
import dev.unroll.rnn.model.Cell;

/** Settings that belong together; every one of them can be overridden by its own option. */
enum Recipe {
    /** What suits most texts of some hundred thousand characters. */
    TEXT(new Settings(Cell.LSTM, 2, 256, 32, 35, 20, 2, 1, TextRule.RAW, Integer.MAX_VALUE)),
    /** The first edition of Dive into Deep Learning, chapter "Deep Recurrent Neural Networks". */
    D2L(new Settings(Cell.LSTM, 2, 256, 32, 35, 500, 2, 1, TextRule.LINES, 10_000)),
    /** The demo's text: small, and done in less than a minute. */
    DEMO(new Settings(Cell.LSTM, 1, 128, 32, 35, 40, 4, 1, TextRule.RAW, Integer.MAX_VALUE));

    private final Settings settings;

    Recipe(Settings settings) {
        this.settings = settings;
    }

    Settings settings() {
        return settings;
    }

    /**
     * What a training needs to know.
     *
     * @param cell of every layer
     * @param layers how many
     * @param hidden size of every layer
     * @param batch sequences a batch
     * @param steps of truncated backpropagation
     * @param epochs how many
     * @param rate of SGD
     * @param clip largest norm of the gradients
     * @param rule what is done to the text first
     * @param maxTokens how much of the text is used
     */
    record Settings(
            Cell cell,
            int layers,
            int hidden,
            int batch,
            int steps,
            int epochs,
            double rate,
            double clip,
            TextRule rule,
            int maxTokens) {}
}
