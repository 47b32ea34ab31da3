package dev.unroll.rnn.spec;

import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.operator.LayerFactory;
import dev.unroll.rnn.operator.PredictFactory;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The kinds of layers and output maps that a text can name: the built-in ones, and user-defined ones with their
 * factories. Given to {@link ModelSpec#parse(String, int, int, Kinds)}, to {@code NetworkBuilder.of} and to {@code load},
 * it makes networks with user-defined layers print, save, load and resume as built-in ones do.
 *
 * <pre>{@code
 * Kinds kinds = Kinds.builtIn().withLayer("acme.clipped", arguments -> {
 *     LayerSpec cell = LayerSpec.of(LayerKind.GRU, arguments.size());
 *     double limit = arguments.number("limit", 1);
 *     return (parameters, name, inputs) -> new Clipped(cell.build(parameters, name, inputs), limit);
 * });
 * NetworkBuilder.of("embedding:32/acme.clipped:2x64:limit=0.5:dropout=0.1", 28, kinds);
 * }</pre>
 *
 * <p>A user-defined kind has a dot in its name, which no built-in kind ever has. Its text is
 * {@code kind:sizes:option:option=value} as of built-in layers; sizes and options are what the factory reads. The options
 * {@code residual}, {@code input}, {@code dropout}, {@code variational} and {@code learned}, and for a layer that is a
 * {@link dev.unroll.rnn.operator.Plus} also {@code bidirectional} and {@code zoneout}, need no code in it.
 *
 * <p>Immutable, and safe for use by many threads if the factories are.
 */
public final class Kinds {
    private static final Kinds BUILT_IN = new Kinds(Map.of(), Map.of());

    private final Map<String, Function<KindArguments, LayerFactory>> layers;
    private final Map<String, Function<KindArguments, PredictFactory>> outputs;

    private Kinds(
            Map<String, Function<KindArguments, LayerFactory>> layers,
            Map<String, Function<KindArguments, PredictFactory>> outputs) {
        this.layers = layers;
        this.outputs = outputs;
    }

    /** {@return the built-in kinds alone} */
    public static Kinds builtIn() {
        return BUILT_IN;
    }

    /**
     * Returns these kinds and one more of a layer.
     *
     * @param kind small letters, digits, {@code _} and {@code -} with a dot between, such as {@code acme.peephole}
     * @param maker makes the factory from what a text gives, all of which it reads before it returns
     * @return other kinds; these stay as they are
     * @throws IllegalArgumentException if the name is taken, by an output map too, or has no dot
     */
    public Kinds withLayer(String kind, Function<KindArguments, LayerFactory> maker) {
        Nulls.require("Kinds.withLayer", "kind", kind);
        Nulls.require("Kinds.withLayer", "maker", maker);
        return new Kinds(with(layers, kind, maker), outputs);
    }

    /**
     * Returns these kinds and one more of an output map, which may be the last element of a text.
     *
     * @param kind as of {@link #withLayer}
     * @param maker makes the factory from what a text gives, all of which it reads before it returns
     * @return other kinds; these stay as they are
     * @throws IllegalArgumentException if the name is taken, by a layer too, or has no dot
     */
    public Kinds withOutput(String kind, Function<KindArguments, PredictFactory> maker) {
        Nulls.require("Kinds.withOutput", "kind", kind);
        Nulls.require("Kinds.withOutput", "maker", maker);
        return new Kinds(layers, with(outputs, kind, maker));
    }

    private <T> Map<String, T> with(Map<String, T> some, String kind, T maker) {
        CustomElement.requireKind(kind);
        if (names().contains(kind)) {
            throw new IllegalArgumentException("kind " + Shown.brief(kind) + " is there already; choose another name");
        }
        Map<String, T> more = new TreeMap<>(some);
        more.put(kind, maker);
        return Collections.unmodifiableMap(more);
    }

    /**
     * Returns a user-defined layer, such as for {@code NetworkBuilder.of(int, LayerFactory...)}.
     *
     * @param text such as {@code acme.peephole:64}
     * @return its description, which builds it
     * @throws MissingKindException if there is no such kind
     * @throws IllegalArgumentException if the text cannot be read, or the factory refuses it
     */
    public CustomLayer layer(String text) {
        Nulls.require("Kinds.layer", "text", text);
        CustomElement.Repeated repeated = CustomElement.Repeated.parse(text);
        if (repeated.count() != 1) {
            throw new IllegalArgumentException(
                    Shown.brief(text) + " is more than one layer; leave the count of it out");
        }
        return layer(repeated.element());
    }

    /**
     * Returns a user-defined output map, such as for {@code NetworkBuilder.outputs(int, PredictFactory)}.
     *
     * @param text such as {@code acme.mixture:5}
     * @return its description, which builds it
     * @throws MissingKindException if there is no such kind
     * @throws IllegalArgumentException if the text cannot be read, or the factory refuses it
     */
    public CustomOutput output(String text) {
        Nulls.require("Kinds.output", "text", text);
        CustomElement.Repeated repeated = CustomElement.Repeated.parse(text);
        CustomElement element = repeated.element();
        if (repeated.count() != 1 || !element.wrapping().isEmpty()) {
            throw new IllegalArgumentException(
                    Shown.brief(text)
                            + " is an output map: there is one, and nothing is put around it; leave counts and "
                            + element.wrapping().keySet() + " out");
        }
        return new CustomOutput(element, factory(outputs, element));
    }

    CustomLayer layer(CustomElement element) {
        return new CustomLayer(element, factory(layers, element));
    }

    /** Whether an element of a text is one of these output maps. */
    boolean isOutput(String element) {
        return outputs.containsKey(element.split(":", 2)[0]);
    }

    private <T> T factory(Map<String, Function<KindArguments, T>> makers, CustomElement element) {
        Function<KindArguments, T> maker = makers.get(element.kind());
        if (maker == null) {
            throw new MissingKindException(element.kind(), this);
        }
        KindArguments arguments = new KindArguments(element);
        T factory = maker.apply(arguments);
        if (factory == null) {
            throw new IllegalArgumentException("the maker of kind " + Shown.brief(element.kind())
                    + " in these Kinds returned null; return a factory");
        }
        arguments.requireAllRead();
        return factory;
    }

    private Set<String> names() {
        Set<String> names = new TreeSet<>(layers.keySet());
        names.addAll(outputs.keySet());
        return names;
    }

    /** Returns the names of the user-defined kinds, for messages. */
    @Override
    public String toString() {
        return names().isEmpty() ? "none" : Shown.brief(names().toString());
    }
}
