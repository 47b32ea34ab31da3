package dev.unroll.bench.paper;

import dev.unroll.bench.report.LossMeasure;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.spec.PaperTask;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A task of Pascanu, Gulcehre, Cho and Bengio, "How to Construct Deep Recurrent Neural Networks" (ICLR 2014), with the
 * figures of their table on the test split; and Piano-midi.de, which is of the same collection but not in the paper.
 */
public enum Experiment {
    /** Folk tunes, nats per frame. */
    NOTTINGHAM("nottingham", LossMeasure.NATS_PER_FRAME, PaperTask.NOTTINGHAM, 3.225, 3.206, 3.215, 3.258, 2.95),
    /** Chorales, nats per frame. */
    JSB("jsb", LossMeasure.NATS_PER_FRAME, PaperTask.JSB_CHORALES, 8.338, 8.278, 8.437, 8.367, 7.92),
    /** Orchestral and piano music, nats per frame. */
    MUSEDATA("musedata", LossMeasure.NATS_PER_FRAME, PaperTask.MUSE_DATA, 6.990, 6.988, 6.973, 7.063, 6.59),
    /** Piano music, nats per frame; with the sizes of {@link #NOTTINGHAM}. */
    PIANO("piano", LossMeasure.NATS_PER_FRAME, PaperTask.NOTTINGHAM),
    /** Words of the Penn Treebank, perplexity. */
    PTB_WORD("ptb-word", LossMeasure.PERPLEXITY, PaperTask.PTB_WORDS, 122.9, 112.0, 107.5, 110.0),
    /** Characters of the Penn Treebank, bits per character. */
    PTB_CHAR("ptb-char", LossMeasure.BITS_PER_CHARACTER, PaperTask.PTB_CHARACTERS, 1.414, 1.409, 1.386, 1.412);

    private final String text;
    private final LossMeasure measure;
    private final PaperTask task;
    private final Map<Model, Double> figures = new EnumMap<>(Model.class);

    Experiment(String text, LossMeasure measure, PaperTask task, double... figures) {
        this.text = text;
        this.measure = measure;
        this.task = task;
        Model[] models = {Model.RNN, Model.DTS, Model.DOTS, Model.SRNN, Model.STARRED};
        for (int i = 0; i < figures.length; i++) {
            this.figures.put(models[i], figures[i]);
        }
    }

    /**
     * The task of a name.
     *
     * @param name as {@link #toString} has it
     * @return the task
     * @throws IllegalArgumentException if there is none
     */
    public static Experiment of(String name) {
        return Arrays.stream(values())
                .filter(experiment -> experiment.text.equals(name.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no task " + Shown.brief(name)
                        + "; there are " + Arrays.toString(values())));
    }

    /**
     * What the figures are measured in.
     *
     * @return how its losses are told
     */
    public LossMeasure measure() {
        return measure;
    }

    /**
     * The paper's figure on the test split.
     *
     * @param model of the paper
     * @return empty if its table has none
     */
    public OptionalDouble figure(Model model) {
        Double figure = figures.get(model);
        return figure == null ? OptionalDouble.empty() : OptionalDouble.of(figure);
    }

    /**
     * Whether there is a model for this task without a recipe that describes it.
     *
     * @param model any
     * @return true for the paper's own
     */
    public boolean has(Model model) {
        return model.isOfThePaper() && (model != Model.STARRED || isMusic());
    }

    /**
     * The paper's model of this task, with its sizes.
     *
     * @param model for which {@link #has} is true
     * @return its description
     */
    public ModelSpec spec(Model model) {
        return switch (model) {
            case RNN -> task.rnn();
            case DTS -> task.dts();
            case DOTS -> task.dots();
            case SRNN -> task.srnn();
            case STARRED -> task.starred();
            case LSTM, GRU -> throw new IllegalArgumentException("the paper has no " + model);
        };
    }

    /**
     * The name of the paper's first values, for {@code --init}.
     *
     * @return a name in lower case
     */
    public String initialization() {
        return task.name().toLowerCase(Locale.ROOT);
    }

    /**
     * Whether the data are piano-rolls.
     *
     * @return false for texts
     */
    public boolean isMusic() {
        return measure == LossMeasure.NATS_PER_FRAME;
    }

    /** The name on the command line. */
    @Override
    public String toString() {
        return text;
    }
}
