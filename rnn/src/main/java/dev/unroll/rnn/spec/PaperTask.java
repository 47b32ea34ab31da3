package dev.unroll.rnn.spec;

import dev.unroll.rnn.init.Initialization;

/**
 * The tasks of Pascanu, Gulcehre, Cho and Bengio, "How to Construct Deep Recurrent Neural Networks" (ICLR 2014), with the
 * sizes and first values that they used: hidden units are logistic sigmoids, those between the state and the output of the
 * character model rectifiers.
 */
public enum PaperTask {
    /** Piano-rolls of folk tunes. */
    NOTTINGHAM(88, 0.1, 0.01, "rnn:600", "dts:400,400", "mlp:400", "rnn:2x400"),
    /** Piano-rolls of chorales. */
    JSB_CHORALES(88, 0.1, 0.01, "rnn:200", "dts:400,400", "mlp:400", "rnn:2x400"),
    /** Piano-rolls of orchestral and piano music. */
    MUSE_DATA(88, 0.1, 0.01, "rnn:600", "dts:400,400", "mlp:400", "rnn:2x600"),
    /** Characters of the Penn Treebank. */
    PTB_CHARACTERS(50, 0.01, 0.001, "rnn:600", "dts:400,400", "mlp:600", "rnn:2x400") {
        @Override
        String outputUnits() {
            return ":f=relu";
        }
    },
    /** Words of the Penn Treebank. */
    PTB_WORDS(10_000, 0.1, 0.1, "rnn:200", "dts:200,200", "mlp:200", "rnn:2x400");

    private static final String SIGMOID = ":f=sigmoid";
    private static final String DROPOUT = ":dropout=0.5";

    private final int size;
    private final double inputDeviation;
    private final double outputDeviation;
    private final String rnn;
    private final String dts;
    private final String output;
    private final String srnn;

    PaperTask(
            int size, double inputDeviation, double outputDeviation, String rnn, String dts, String output,
            String srnn) {
        this.size = size;
        this.inputDeviation = inputDeviation;
        this.outputDeviation = outputDeviation;
        this.rnn = rnn;
        this.dts = dts;
        this.output = output;
        this.srnn = srnn;
    }

    /**
     * The size of an input and of an output.
     *
     * @return notes, characters or words
     */
    public int size() {
        return size;
    }

    /**
     * The RNN.
     *
     * @return its description
     */
    public ModelSpec rnn() {
        return spec(rnn + SIGMOID);
    }

    /**
     * The deep transition with shortcuts, DT(S)-RNN.
     *
     * @return its description
     */
    public ModelSpec dts() {
        return spec(dts + SIGMOID);
    }

    /**
     * The deep output over a deep transition with shortcuts, DOT(S)-RNN.
     *
     * @return its description
     */
    public ModelSpec dots() {
        return spec(dts + SIGMOID + "/" + output + outputUnits());
    }

    /**
     * The stacked RNN of two layers, sRNN.
     *
     * @return its description
     */
    public ModelSpec srnn() {
        return spec(srnn + SIGMOID);
    }

    /**
     * The model that the paper marks with a star: DOT(S)-RNN with Lp units in its transition, maxout units in its output
     * and dropout. The paper has it for music, and names neither its sizes nor its rate of dropout nor the pieces of a
     * unit: here they are those of the {@linkplain #dots() DOT(S)-RNN}, a half and two.
     *
     * @return its description
     */
    public ModelSpec starred() {
        return spec(dts + SIGMOID + ":lp=2" + DROPOUT + "/" + output + ":maxout=2" + DROPOUT);
    }

    /**
     * The first values of the paper: matrices from hidden units to hidden units have 20 non-zero connections into every
     * unit and a largest singular value of 1; those from the input and those behind the state, the ones of a deep output
     * among them, are normal with a standard deviation that depends on the task; biases are 0, those of rectifiers behind
     * the state 0.1. Orders of Lp units begin as 3.
     *
     * @param spec of a network for this task
     * @return for {@code NetworkBuilder.initialization}
     */
    public Initialization initialization(ModelSpec spec) {
        return new PaperInitialization(spec.layers(), inputDeviation, outputDeviation);
    }

    String outputUnits() {
        return SIGMOID;
    }

    private ModelSpec spec(String layers) {
        return ModelSpec.parse(layers, size, size);
    }
}
