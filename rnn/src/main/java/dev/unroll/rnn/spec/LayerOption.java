package dev.unroll.rnn.spec;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.operator.Bidirectional.Merge;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * The options of a layer besides its sizes. In a text an option is {@code name=value}, or the name alone where nothing
 * but the option's presence matters. Parsing, help texts and samples of networks all read this table.
 *
 * <p>Immutable, and safe for use by many threads.
 *
 * @param <T> type of the value
 */
public final class LayerOption<T> implements Comparable<LayerOption<?>> {
    private static final List<LayerOption<?>> ALL = new ArrayList<>();

    /** The nonlinearity. */
    public static final LayerOption<Activation> F = new LayerOption<>("f",
            "f=sigmoid", "nonlinearity, tanh by default; of gru and lstm in gates", Activation.class,
            text -> constant(Activation.class, text));
    /** Whether affine maps have a bias; without this option they have. */
    public static final LayerOption<Boolean> BIAS = new LayerOption<>("bias",
            "bias=false", "leaves the biases out", Boolean.class, LayerOption::truth);
    /** Two cells, one of which runs backward in time. */
    public static final LayerOption<Merge> BIDIRECTIONAL = new LayerOption<>("bidirectional",
            "bidirectional[=sum]", "a second cell reads the steps backward", Merge.class,
            text -> text.isEmpty() ? Merge.CONCAT : constant(Merge.class, text));
    /** The initial state is learned. */
    public static final LayerOption<Boolean> LEARNED = new LayerOption<>("learned",
            "learned", "learns the initial state", Boolean.class, LayerOption::truth);
    /** The layer's input is added to its output. */
    public static final LayerOption<Boolean> RESIDUAL = new LayerOption<>("residual",
            "residual", "adds the layer's input to its output", Boolean.class, LayerOption::truth);
    /** The probability that a unit keeps its old state (Krueger et al. 2017). */
    public static final LayerOption<Double> ZONEOUT = new LayerOption<>("zoneout",
            "zoneout=0.1", "probability that a unit keeps its old state", Double.class, LayerOption::probability);
    /** The size that an LSTM's hidden state is projected to (Sak et al. 2014). */
    public static final LayerOption<Integer> PROJECTION = new LayerOption<>("projection",
            "projection=128", "size that the hidden state is projected to", Integer.class, LayerOption::size);
    /** The bias that an LSTM's forget gate starts with. */
    public static final LayerOption<Double> FORGET = new LayerOption<>("forget",
            "forget=1", "initial bias of the forget gate", Double.class, LayerOption::number);
    /** Gates are perceptrons with layers of these sizes inside (D2L). */
    public static final LayerOption<List<Integer>> GATES = new LayerOption<>("gates",
            "gates=64", "gates are perceptrons with hidden layers of these sizes", listType(), LayerOption::sizes);
    /** Where a GRU's reset gate is applied: before the matrix product, or after it as without this option. */
    public static final LayerOption<Reset> RESET = new LayerOption<>("reset",
            "reset=before", "applies the reset gate before the matrix product", Reset.class,
            text -> constant(Reset.class, text));
    /** The products of a gated cell are normalized (Ba et al. 2016). */
    public static final LayerOption<Boolean> NORM = new LayerOption<>("norm",
            "norm", "layer normalization of gates and of an lstm's state", Boolean.class, LayerOption::truth);
    /** Every layer of a perceptron sees the first one's input. */
    public static final LayerOption<Boolean> SHORTCUTS = new LayerOption<>("shortcuts",
            "shortcuts", "every layer also sees the first one's input", Boolean.class, LayerOption::truth);
    /** Units are the largest of so many linear pieces (Goodfellow et al. 2013). */
    public static final LayerOption<Integer> MAXOUT = new LayerOption<>("maxout",
            "maxout=2", "units are the maximum of this many linear pieces", Integer.class, LayerOption::size);
    /**
     * Units are Lp norms over so many filters (Gulcehre et al. 2014). In a transition those before the last layer: the
     * state comes from f, which bounds it.
     */
    public static final LayerOption<Integer> LP = new LayerOption<>("lp",
            "lp=2", "hidden units are Lp norms over this many filters", Integer.class, LayerOption::size);
    /** The probability that an output is dropped in training. */
    public static final LayerOption<Double> DROPOUT = new LayerOption<>("dropout",
            "dropout=0.5", "probability that an output is dropped in training", Double.class,
            LayerOption::probability);
    /** The probability that an input is dropped in training; not of ids. */
    public static final LayerOption<Double> INPUT = new LayerOption<>("input",
            "input=0.2", "probability that an input is dropped in training", Double.class, LayerOption::probability);
    /** Dropout with one mask for all steps of a sequence (Gal and Ghahramani 2016). */
    public static final LayerOption<Boolean> VARIATIONAL = new LayerOption<>("variational",
            "variational", "one dropout mask for all steps of a sequence", Boolean.class, LayerOption::truth);

    /** Where the reset gate of a GRU stands. */
    public enum Reset {
        /** {@code (r h) W}: Cho et al. 2014. */
        BEFORE,
        /** {@code r (h W + b)}: cuDNN. */
        AFTER
    }

    private final int place;
    private final String label;
    private final String example;
    private final String description;
    private final Class<T> type;
    private final Function<String, T> parser;

    private LayerOption(
            String label, String example, String description, Class<T> type, Function<String, T> parser) {
        this.label = label;
        this.example = example;
        this.description = description;
        this.type = type;
        this.parser = parser;
        place = ALL.size();
        ALL.add(this);
    }

    @SuppressWarnings("unchecked") // a class has no type arguments
    private static Class<List<Integer>> listType() {
        return (Class<List<Integer>>) (Class<?>) List.class;
    }

    /** {@return all options, in the order in which a text has them} */
    public static List<LayerOption<?>> values() {
        return Collections.unmodifiableList(ALL);
    }

    /**
     * Returns the option's name in descriptions of networks.
     *
     * @return such as {@code dropout}
     */
    public String label() {
        return label;
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

    static LayerOption<?> named(String label) {
        for (LayerOption<?> option : ALL) {
            if (option.label().equals(label)) {
                return option;
            }
        }
        throw new IllegalArgumentException(
                "option " + Shown.brief(label) + " is not known; known are "
                        + ALL.stream().map(LayerOption::label).toList());
    }

    T parse(String text) {
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

    /** Returns a value of this option among others, or what it is without a choice. */
    T of(Map<LayerOption<?>, Object> chosen, T otherwise) {
        Object value = chosen.get(this);
        return value == null ? otherwise : type.cast(value);
    }

    @Override
    public int compareTo(LayerOption<?> other) {
        return Integer.compare(place, other.place);
    }

    @Override
    public String toString() {
        return label;
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
