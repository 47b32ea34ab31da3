package dev.unroll.bench.cli.train;

import dev.unroll.rnn.text.Normalization;
import java.util.Locale;

/** Settings that belong together; every one of them can be overridden by its own option. */
public enum Recipe {
    /** Suits most texts of some hundred thousand characters. */
    TEXT(new Settings(CellChoice.LSTM, 2, 256, 32, 35, 20, OptimizerChoice.SGD, 2, 1, "usual", Normalization.RAW,
            Integer.MAX_VALUE)),
    /** The first edition of Dive into Deep Learning, chapter "Deep Recurrent Neural Networks". */
    D2L(new Settings(CellChoice.LSTM, 2, 256, 32, 35, 500, OptimizerChoice.SGD, 2, 1, "usual", Normalization.LINES,
            10_000)),
    /** The demo's text: small, and done in less than a minute. */
    DEMO(new Settings(CellChoice.LSTM, 1, 128, 32, 35, 40, OptimizerChoice.SGD, 4, 1, "usual", Normalization.RAW,
            Integer.MAX_VALUE)),
    /** Piano-rolls: the epoch that does best on the held-out pieces is kept. */
    MUSIC(new Settings(CellChoice.RNN, 1, 200, 8, 200, 100, OptimizerChoice.ADAM, 0.002, 1, "glorot", Normalization.RAW,
            Integer.MAX_VALUE));

    /** Gates keep the steps of a state small; a plain tanh network diverges at the demo's rate of 4. */
    private static final double DEMO_RATE_WITHOUT_GATES = 1;

    private final Settings settings;

    Recipe(Settings settings) {
        this.settings = settings;
    }

    /** The settings, with the cell chosen instead of the recipe's if there is one. */
    Settings settings(CellChoice chosen) {
        if (this == DEMO && chosen == CellChoice.RNN) {
            return settings.with(chosen, DEMO_RATE_WITHOUT_GATES);
        }
        return chosen == null ? settings : settings.with(chosen, settings.rate());
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
     * @param optimizer of the updates
     * @param rate of the optimizer
     * @param clip largest norm of the gradients
     * @param init how weights begin
     * @param rule what is done to the text first
     * @param maxTokens how much of the text is used
     */
    public record Settings(
            CellChoice cell,
            int layers,
            int hidden,
            int batch,
            int steps,
            int epochs,
            OptimizerChoice optimizer,
            double rate,
            double clip,
            String init,
            Normalization rule,
            int maxTokens) {
        /** The layers as a description of a model. */
        String model() {
            return cell.name().toLowerCase(Locale.ROOT) + ":" + layers + "x" + hidden;
        }

        private Settings with(CellChoice otherCell, double otherRate) {
            return new Settings(
                    otherCell, layers, hidden, batch, steps, epochs, optimizer, otherRate, clip, init, rule, maxTokens);
        }
    }
}
