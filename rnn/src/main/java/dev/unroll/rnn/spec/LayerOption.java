package dev.unroll.rnn.spec;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.operator.Bidirectional.Merge;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * The options of a layer besides its sizes. In a text an option is {@code name=value}, or the name alone where nothing
 * but the option's presence matters. Parsing, help texts and samples of networks all read this table.
 */
public enum LayerOption {
    /** The nonlinearity. */
    F("f=sigmoid", "nonlinearity, tanh by default; of gru and lstm in gates", Activation.class,
            text -> constant(Activation.class, text)),
    /** Whether affine maps have a bias; without this option they have. */
    BIAS("bias=false", "leaves the biases out", Boolean.class, LayerOption::truth),
    /** Two cells, one of which runs backward in time. */
    BIDIRECTIONAL("bidirectional[=sum]", "a second cell reads the steps backward", Merge.class,
            text -> text.isEmpty() ? Merge.CONCAT : constant(Merge.class, text)),
    /** The initial state is learned. */
    LEARNED("learned", "learns the initial state", Boolean.class, LayerOption::truth),
    /** The layer's input is added to its output. */
    RESIDUAL("residual", "adds the layer's input to its output", Boolean.class, LayerOption::truth),
    /** The probability that a unit keeps its old state (Krueger et al. 2017). */
    ZONEOUT("zoneout=0.1", "probability that a unit keeps its old state", Double.class, LayerOption::probability),
    /** The size that an LSTM's hidden state is projected to (Sak et al. 2014). */
    PROJECTION("projection=128", "size that the hidden state is projected to", Integer.class, LayerOption::size),
    /** The bias that an LSTM's forget gate starts with. */
    FORGET("forget=1", "initial bias of the forget gate", Double.class, LayerOption::number),
    /** Gates are perceptrons with layers of these sizes inside (D2L). */
    GATES("gates=64", "gates are perceptrons with hidden layers of these sizes", List.class, LayerOption::sizes),
    /** Where a GRU's reset gate is applied: before the matrix product, or after it as without this option. */
    RESET("reset=before", "applies the reset gate before the matrix product", Reset.class,
            text -> constant(Reset.class, text)),
    /** The products of a gated cell are normalized (Ba et al. 2016). */
    NORM("norm", "layer normalization of gates and of an lstm's state", Boolean.class, LayerOption::truth),
    /** Every layer of a perceptron sees the first one's input. */
    SHORTCUTS("shortcuts", "every layer also sees the first one's input", Boolean.class, LayerOption::truth),
    /** Units are the largest of so many linear pieces (Goodfellow et al. 2013). */
    MAXOUT("maxout=2", "units are the maximum of this many linear pieces", Integer.class, LayerOption::size),
    /**
     * Units are Lp norms over so many filters (Gulcehre et al. 2014). In a transition those before the last layer: the
     * state comes from f, which bounds it.
     */
    LP("lp=2", "hidden units are Lp norms over this many filters", Integer.class, LayerOption::size),
    /** The probability that an output is dropped in training. */
    DROPOUT("dropout=0.5", "probability that an output is dropped in training", Double.class,
            LayerOption::probability),
    /** The probability that an input is dropped in training; not of ids. */
    INPUT("input=0.2", "probability that an input is dropped in training", Double.class, LayerOption::probability),
    /** Dropout with one mask for all steps of a sequence (Gal and Ghahramani 2016). */
    VARIATIONAL("variational", "one dropout mask for all steps of a sequence", Boolean.class, LayerOption::truth);

    /** Where the reset gate of a GRU stands. */
    public enum Reset {
        /** {@code (r h) W}: Cho et al. 2014. */
        BEFORE,
        /** {@code r (h W + b)}: cuDNN. */
        AFTER
    }

    private final String example;
    private final String description;
    private final Class<?> type;
    private final Function<String, Object> parser;

    LayerOption(String example, String description, Class<?> type, Function<String, Object> parser) {
        this.example = example;
        this.description = description;
        this.type = type;
        this.parser = parser;
    }

    /**
     * Returns the option's name in descriptions of networks.
     *
     * @return such as {@code dropout}
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns an example of the option as a description of a network holds it.
     *
     * @return such as {@code dropout=0.5}; a value in brackets may be left out
     */
    public String example() {
        return example;
    }

    /**
     * Returns what the option means.
     *
     * @return a line for help texts, without a full stop
     */
    public String description() {
        return description;
    }

    static LayerOption named(String label) {
        for (LayerOption option : values()) {
            if (option.label().equals(label)) {
                return option;
            }
        }
        throw new IllegalArgumentException(
                "option " + Shown.brief(label) + " is not known; known are "
                        + Arrays.stream(values()).map(LayerOption::label).toList());
    }

    Object parse(String text) {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("option " + label() + ": " + e.getMessage());
        }
    }

    /** The value as a text that {@link #parse} reads. */
    String print(Object value) {
        String text = switch (value) {
            case List<?> sizes -> LayerSpec.print(sizes);
            case Double number when number == Math.rint(number) && Math.abs(number) < 1e15 ->
                    Long.toString(number.longValue());
            default -> value.toString().toLowerCase(Locale.ROOT);
        };
        return text.equals("true") ? label() : label() + "=" + text;
    }

    /** Refuses what {@link #parse} would never give. */
    void check(Object value) {
        if (!type.isInstance(value)) {
            throw new IllegalArgumentException(
                    "option " + label() + " must be of type " + type.getSimpleName() + ", not "
                            + Shown.brief(String.valueOf(value)));
        }
        String text = print(value);
        parse(text.equals(label()) ? "" : text.substring(label().length() + 1));
    }

    private static boolean truth(String text) {
        return switch (text) {
            case "", "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("expected true or false, not " + Shown.brief(text));
        };
    }

    private static int size(String text) {
        return sizes(text).getFirst();
    }

    private static List<Integer> sizes(String text) {
        return LayerSpec.parseSizes(text);
    }

    private static double number(String text) {
        try {
            double number = Double.parseDouble(text);
            if (Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException("expected a number, not " + Shown.brief(text));
    }

    private static double probability(String text) {
        double number = number(text);
        if (number < 0 || number >= 1) {
            throw new IllegalArgumentException(
                    "expected a probability from 0 to less than 1, not " + Shown.brief(text));
        }
        return number;
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String text) {
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equalsIgnoreCase(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("expected one of "
                + Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT) + ", not " + Shown.brief(text));
    }
}
