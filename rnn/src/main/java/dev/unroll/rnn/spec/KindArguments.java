package dev.unroll.rnn.spec;

import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.io.Shown;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The sizes and options that a text gives a user-defined layer or output map: of {@code acme.peephole:64:clip=3} the size
 * 64 and the number {@code clip}. What is given but not read when its factory is made is refused, so that a misspelled
 * option is. For one thread.
 */
public final class KindArguments {
    private final CustomElement element;
    private final Set<String> read = new TreeSet<>();
    private boolean areSizesRead;

    KindArguments(CustomElement element) {
        this.element = element;
    }

    /**
     * Returns the only size.
     *
     * @return from 1 to {@link ModelSpec#MAX_SIZE}
     * @throws IllegalArgumentException if the text gives none or several
     */
    public int size() {
        if (sizes().size() != 1) {
            throw new IllegalArgumentException(element.kind() + " needs one size, not " + sizes().size()
                    + "; write such as " + element.kind() + ":64");
        }
        return sizes().getFirst();
    }

    /**
     * Returns all sizes.
     *
     * @return each from 1 to {@link ModelSpec#MAX_SIZE}; unmodifiable, possibly empty
     */
    public List<Integer> sizes() {
        areSizesRead = true;
        return element.sizes();
    }

    /**
     * Tells whether an option is given by its name alone, or as {@code name=true}.
     *
     * @param option its name
     * @return false without the option
     * @throws IllegalArgumentException if it has another value than true or false
     */
    public boolean flag(String option) {
        String text = valueOrNull("KindArguments.flag", option);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (text.isEmpty() || text.equals("true")) {
            return true;
        }
        throw fault(option, "true or false", text);
    }

    /**
     * Returns an option that is a number.
     *
     * @param option its name
     * @param otherwise the number without the option
     * @return a finite number
     * @throws IllegalArgumentException if the text gives no finite number
     */
    public double number(String option, double otherwise) {
        String text = valueOrNull("KindArguments.number", option);
        if (text == null) {
            return otherwise;
        }
        try {
            double number = Double.parseDouble(text);
            if (Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw fault(option, "a number", text);
    }

    /**
     * Returns an option that is a whole number.
     *
     * @param option its name
     * @param otherwise the number without the option
     * @return the number
     * @throws IllegalArgumentException if the text gives no whole number of 32 bits
     */
    public int integer(String option, int otherwise) {
        String text = valueOrNull("KindArguments.integer", option);
        if (text == null) {
            return otherwise;
        }
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw fault(option, "a whole number", text);
        }
    }

    /**
     * Returns an option as the text has it.
     *
     * @param option its name
     * @param otherwise the value without the option
     * @return the value, empty if there is no {@code =}
     */
    public String text(String option, String otherwise) {
        String text = valueOrNull("KindArguments.text", option);
        return text == null ? otherwise : text;
    }

    private String valueOrNull(String call, String option) {
        Nulls.require(call, "option", option);
        if (Wrapping.optionOrNull(option) != null) {
            throw new IllegalArgumentException(call + ": option " + option
                    + " is one that every layer has, and is never given to a factory; choose another name");
        }
        read.add(option);
        return element.options().get(option);
    }

    private static IllegalArgumentException fault(String option, String expected, String text) {
        return new IllegalArgumentException("option " + Shown.brief(option) + ": expected " + expected + ", not "
                + Shown.quote(text));
    }

    /** Refuses what is given but was not read. */
    void requireAllRead() {
        for (Map.Entry<String, String> option : element.options().entrySet()) {
            if (!read.contains(option.getKey())) {
                throw new IllegalArgumentException(element.kind() + " has no option " + Shown.brief(option.getKey())
                        + "; it has " + Shown.brief(read.toString()));
            }
        }
        if (!element.sizes().isEmpty() && !areSizesRead) {
            throw new IllegalArgumentException(element.kind() + " has no sizes; leave them out");
        }
    }
}
