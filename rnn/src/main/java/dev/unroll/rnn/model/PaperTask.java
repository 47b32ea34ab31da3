package dev.unroll.rnn.model;

/**
 * The tasks of Pascanu, Gulcehre, Cho and Bengio, "How to Construct Deep Recurrent Neural Networks" (ICLR 2014), with the
 * sizes that they used: hidden units are logistic sigmoids, those between the state and the output of the character model
 * rectifiers.
 */
public enum PaperTask {
    /** Piano-rolls of folk tunes. */
    NOTTINGHAM(88, "rnn:600", "dts:400,400", "mlp:400", "rnn:2x400"),
    /** Piano-rolls of chorales. */
    JSB_CHORALES(88, "rnn:200", "dts:400,400", "mlp:400", "rnn:2x400"),
    /** Piano-rolls of orchestral and piano music. */
    MUSE_DATA(88, "rnn:600", "dts:400,400", "mlp:400", "rnn:2x600"),
    /** Characters of the Penn Treebank. */
    PTB_CHARACTERS(50, "rnn:600", "dts:400,400", "mlp:600", "rnn:2x400") {
        @Override
        String outputUnits() {
            return ":f=relu";
        }
    },
    /** Words of the Penn Treebank. */
    PTB_WORDS(10_000, "rnn:200", "dts:200,200", "mlp:200", "rnn:2x400");

    private static final String SIGMOID = ":f=sigmoid";

    private final int size;
    private final String rnn;
    private final String dts;
    private final String output;
    private final String srnn;

    PaperTask(int size, String rnn, String dts, String output, String srnn) {
        this.size = size;
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

    String outputUnits() {
        return SIGMOID;
    }

    private ModelSpec spec(String layers) {
        return ModelSpec.parse(layers, size, size);
    }
}
