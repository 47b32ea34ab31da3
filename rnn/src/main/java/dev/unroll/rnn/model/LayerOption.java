package dev.unroll.rnn.model;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.operator.Bidirectional.Merge;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * What can be chosen of a layer besides its sizes. In a text an option is {@code name=value}, or the name alone where
 * nothing but the option's presence matters.
 */
public enum LayerOption {
    /** The nonlinearity: {@code f=tanh}. */
    F(Activation.class, text -> constant(Activation.class, text)),
    /** Whether affine maps have a bias: {@code bias=false}; without this option they have. */
    BIAS(Boolean.class, LayerOption::truth),
    /** Two cells, one of which runs backward in time: {@code bidirectional} or {@code bidirectional=sum}. */
    BIDIRECTIONAL(Merge.class, text -> text.isEmpty() ? Merge.CONCAT : constant(Merge.class, text)),
    /** The initial state is learned: {@code learned}. */
    LEARNED(Boolean.class, LayerOption::truth),
    /** The layer's input is added to its output: {@code residual}. */
    RESIDUAL(Boolean.class, LayerOption::truth),
    /** The probability that a unit keeps its old state (Krueger et al. 2017): {@code zoneout=0.1}. */
    ZONEOUT(Double.class, LayerOption::probability),
    /** The size that an LSTM's hidden state is projected to (Sak et al. 2014): {@code projection=128}. */
    PROJECTION(Integer.class, LayerOption::size),
    /** The bias that an LSTM's forget gate starts with: {@code forget=1}. */
    FORGET(Double.class, LayerOption::number),
    /** Gates are perceptrons with layers of these sizes inside (D2L): {@code gates=64} or {@code gates=64,64}. */
    GATES(List.class, LayerOption::sizes),
    /** Where a GRU's reset gate stands: {@code reset=before} the matrix product, or after it as without this option. */
    RESET(Reset.class, text -> constant(Reset.class, text)),
    /** Every layer of a perceptron sees the first one's input: {@code shortcuts}. */
    SHORTCUTS(Boolean.class, LayerOption::truth),
    /** Units are the largest of so many linear pieces (Goodfellow et al. 2013): {@code maxout=2}. */
    MAXOUT(Integer.class, LayerOption::size),
    /**
     * Units are Lp norms over so many filters (Gulcehre et al. 2014): {@code lp=2}. In a transition those before the last
     * layer: the state comes from f, which bounds it.
     */
    LP(Integer.class, LayerOption::size),
    /** The probability that an output is dropped in training: {@code dropout=0.5}. */
    DROPOUT(Double.class, LayerOption::probability),
    /** The probability that an input is dropped in training: {@code input=0.2}; not of ids. */
    INPUT(Double.class, LayerOption::probability),
    /** Dropout with one mask for all steps of a sequence (Gal and Ghahramani 2016): {@code variational}. */
    VARIATIONAL(Boolean.class, LayerOption::truth);

    /** Where the reset gate of a GRU stands. */
    public enum Reset {
        /** {@code (r h) W}: Cho et al. 2014. */
        BEFORE,
        /** {@code r (h W + b)}: cuDNN. */
        AFTER
    }

    private final Class<?> type;
    private final Function<String, Object> parser;

    LayerOption(Class<?> type, Function<String, Object> parser) {
        this.type = type;
        this.parser = parser;
    }

    /** The name in texts. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
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
