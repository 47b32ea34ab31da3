package dev.unroll.rnn.spec;

import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.operator.Bidirectional.Merge;
import dev.unroll.rnn.operator.Layer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * One layer of a network as data. As a text it is {@code kind:sizes:option:option=value}, such as {@code dts:400,400} or
 * {@code lstm:256:bidirectional=sum:zoneout=0.1}.
 *
 * <p>Immutable, and safe for use by many threads.
 *
 * @param kind what it is
 * @param sizes of it; the last one is that of its state
 * @param options what was chosen besides
 */
public record LayerSpec(LayerKind kind, List<Integer> sizes, Map<LayerOption<?>, Object> options)
        implements LayerDescription {
    /** Checks the sizes, and that the kind has these options. */
    public LayerSpec {
        Nulls.require("LayerSpec", "kind", kind);
        Nulls.require("LayerSpec", "sizes", sizes);
        Nulls.require("LayerSpec", "options", options);
        sizes = List.copyOf(sizes);
        Map<LayerOption<?>, Object> copies = new TreeMap<>(options);
        copies.replaceAll((_, value) -> value instanceof List<?> list ? List.copyOf(list) : value);
        options = Collections.unmodifiableMap(copies);
        try {
            sizes.forEach(size -> ModelSpec.check("a size", size, ModelSpec.MAX_SIZE));
            options.forEach((option, value) -> option.check(value));
            kind.check(sizes, options);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(Shown.brief(text(kind, sizes, options)) + ": " + e.getMessage(), e);
        }
    }

    /**
     * A layer with nothing but its sizes chosen.
     *
     * @param kind what it is
     * @param sizes of it
     * @return the layer
     */
    public static LayerSpec of(LayerKind kind, int... sizes) {
        return new LayerSpec(kind, Arrays.stream(sizes).boxed().toList(), Map.of());
    }

    /**
     * Returns this layer with an option.
     *
     * @param <T> type of the value
     * @param option to choose
     * @param value of the option
     * @return another layer
     */
    public <T> LayerSpec with(LayerOption<T> option, T value) {
        Map<LayerOption<?>, Object> more = new TreeMap<>(options);
        more.put(option, value);
        return new LayerSpec(kind, sizes, more);
    }

    @Override
    public Layer build(Parameters parameters, String name, int inputs) {
        return kind.build(this, parameters, name, inputs);
    }

    /**
     * Returns the value of an option.
     *
     * @param <T> type of the value
     * @param option to read
     * @param otherwise the value without a choice
     * @return the value chosen, or the other one
     */
    public <T> T get(LayerOption<T> option, T otherwise) {
        return option.of(options, otherwise);
    }

    boolean has(LayerOption<Boolean> option) {
        return get(option, false);
    }

    /**
     * Returns the size of an output of this layer.
     *
     * @return columns
     */
    public int outputs() {
        int ofCell = get(LayerOption.PROJECTION, sizes.getLast());
        return get(LayerOption.BIDIRECTIONAL, Merge.SUM) == Merge.CONCAT ? Math.multiplyExact(2, ofCell) : ofCell;
    }

    /** How many sizes, those of gates included; no parameter is without one of them or of the inputs. */
    int countOfSizes() {
        List<Integer> gates = get(LayerOption.GATES, List.of());
        return sizes.size() + gates.size();
    }

    @Override
    public String toString() {
        return text(kind, sizes, options);
    }

    private static String text(LayerKind kind, List<Integer> sizes, Map<LayerOption<?>, Object> options) {
        StringJoiner text = new StringJoiner(":");
        text.add(kind.label());
        text.add(print(sizes));
        options.forEach((option, value) -> text.add(option.print(value)));
        return text.toString();
    }

    static String print(List<?> sizes) {
        StringJoiner text = new StringJoiner(",");
        sizes.forEach(size -> text.add(size.toString()));
        return text.toString();
    }

    static List<Integer> parseSizes(String text) {
        List<Integer> sizes = new ArrayList<>();
        for (String size : text.split(",", -1)) {
            try {
                sizes.add(Integer.parseInt(size.strip()));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "expected whole numbers such as 400 or 400,400, not " + Shown.brief(text));
            }
            ModelSpec.check("a size", sizes.getLast(), ModelSpec.MAX_SIZE);
        }
        return sizes;
    }
}
