package dev.unroll.rnn.spec;

import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.operator.BareOutput;
import dev.unroll.rnn.operator.Network;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * The description of a network: all that is needed to build it, but its values. As a text the layers stand from the input
 * to the output with {@code /} between them, such as {@code embedding:64/gru:2x256/mlp:128}; behind them comes a linear
 * map to the outputs. With {@code /tied} at the end its weights are those of the embedding that the network begins with;
 * with {@code /bare} there is none, and the outputs are those of the top layer.
 *
 * <p>The names of Pascanu et al. 2014 are understood too and mean such chains: {@code di:200,400} is
 * {@code mlp:200/rnn:400}, {@code do:400,300} is {@code rnn:400/mlp:300}, {@code dot:400,400,300} is
 * {@code dt:400,400/mlp:300}, {@code dots:400,400,300} is {@code dts:400,400/mlp:300} and {@code srnn:2x400} is
 * {@code rnn:2x400}.
 *
 * <p>User-defined layers and output maps are elements too, by names with a dot: see {@link Kinds}.
 *
 * <p>Immutable, and safe for use by many threads.
 *
 * @param inputs size of an input, or how many ids there are
 * @param layers from the input to the output, at least one
 * @param output the map to the outputs
 * @param outputs size of an output
 */
public record ModelSpec(int inputs, List<LayerDescription> layers, OutputDescription output, int outputs) {
    /** The largest size; products of sizes that are within it do not overflow. */
    public static final int MAX_SIZE = 1 << 24;

    /** The most layers. */
    static final int MAX_LAYERS = 1_000;

    /** The most sizes of all layers together, those of their gates included: bounds what a short text can ask for. */
    public static final int MAX_SIZES = 10_000;

    /** The longest text, in characters. */
    public static final int MAX_TEXT = 1 << 18;

    /** Checks the sizes. */
    public ModelSpec {
        check("inputs", inputs, MAX_SIZE);
        check("outputs", outputs, MAX_SIZE);
        check("layers", layers.size(), MAX_LAYERS);
        layers = List.copyOf(layers);
        check("the sizes of all layers", layers.stream().mapToInt(ModelSpec::countOfSizes).sum(), MAX_SIZES);
        if (output == OutputLayer.BARE && outputs != outputsOfTop(inputs, layers)) {
            throw new IllegalArgumentException("a bare network has the outputs of its top layer, "
                    + outputsOfTop(inputs, layers) + ", not " + outputs + "; leave bare out for a linear map to them");
        }
        if (output == OutputLayer.TIED && (!isEmbedding(layers.getFirst()) || inputs != outputs)) {
            throw new IllegalArgumentException("tied outputs need an embedding as first layer and as many outputs as"
                    + " inputs, not " + Shown.brief(layers.getFirst().toString()) + " with " + inputs + " inputs and "
                    + outputs + " outputs");
        }
    }

    private static boolean isEmbedding(LayerDescription layer) {
        return layer instanceof LayerSpec spec && spec.kind() == LayerKind.EMBEDDING;
    }

    private static int countOfSizes(LayerDescription layer) {
        return switch (layer) {
            case LayerSpec spec -> spec.countOfSizes();
            case CustomLayer custom -> Math.max(1, custom.sizes().size());
        };
    }

    /** Only a layer that is built says how many outputs it has, if it is user-defined. */
    private static int outputsOfTop(int inputs, List<LayerDescription> layers) {
        return layers.getLast() instanceof LayerSpec top
                ? top.outputs()
                : Network.declare(new Parameters(), inputs, layers, false, 1).layers().getLast().outputs();
    }

    /**
     * A network whose output has weights of its own.
     *
     * @param inputs size of an input, or how many ids there are
     * @param layers from the input to the output
     * @param outputs size of an output
     * @return the description
     */
    public static ModelSpec of(int inputs, List<? extends LayerDescription> layers, int outputs) {
        return new ModelSpec(inputs, List.copyOf(layers), OutputLayer.LINEAR, outputs);
    }

    /**
     * Reads a description.
     *
     * @param text such as {@code dots:400,400,400} or {@code lstm:2x256:dropout=0.5}; line ends count as {@code /}, and
     *     what follows a {@code #} in a line as nothing
     * @param inputs size of an input, or how many ids there are
     * @param outputs size of an output; of a bare network it is that of the top layer, and this is not read
     * @return the description
     * @throws IllegalArgumentException if the text is none
     */
    public static ModelSpec parse(String text, int inputs, int outputs) {
        return parse(text, inputs, outputs, Kinds.builtIn());
    }

    /**
     * Reads a description of a network that may have user-defined layers and a user-defined output map.
     *
     * @param text as of {@link #parse(String, int, int)}, where elements may be user-defined kinds such as
     *     {@code acme.peephole:2x64:clip=3}
     * @param inputs size of an input, or how many ids there are
     * @param outputs size of an output; of a bare network it is that of the top layer, and this is not read
     * @param kinds that the text may name
     * @return the description
     * @throws MissingKindException if the text names a user-defined kind that is not there
     * @throws IllegalArgumentException if the text is none
     */
    public static ModelSpec parse(String text, int inputs, int outputs, Kinds kinds) {
        Nulls.require("ModelSpec.parse", "text", text);
        Nulls.require("ModelSpec.parse", "kinds", kinds);
        if (text.length() > MAX_TEXT) {
            throw new IllegalArgumentException("a description of " + text.length() + " characters is longer than the "
                    + MAX_TEXT + " that are read; give a shorter one");
        }
        List<LayerDescription> layers = new ArrayList<>();
        OutputDescription output = OutputLayer.LINEAR;
        for (String element : elements(text)) {
            if (output != OutputLayer.LINEAR) {
                throw new IllegalArgumentException("nothing may follow " + Shown.brief(output.text()) + " in "
                        + Shown.brief(text.strip()) + "; leave the rest out");
            }
            output = kinds.isOutput(element) ? output(element, kinds) : OutputLayer.of(element);
            if (output == OutputLayer.LINEAR) {
                layers.addAll(parseElement(element, kinds));
                check("layers", layers.size(), MAX_LAYERS); // a text of many repetitions says so early
            }
        }
        boolean isTop = output == OutputLayer.BARE && !layers.isEmpty();
        return new ModelSpec(inputs, layers, output, isTop ? outputsOfTop(inputs, layers) : outputs);
    }

    private static List<String> elements(String text) {
        return text.lines()
                .map(line -> line.replaceFirst("#.*", ""))
                .flatMap(line -> List.of(line.split("/")).stream())
                .map(String::strip)
                .filter(element -> !element.isEmpty())
                .toList();
    }

    private static CustomOutput output(String element, Kinds kinds) {
        try {
            return kinds.output(element);
        } catch (IllegalArgumentException e) {
            throw fault(element, e);
        }
    }

    private static IllegalArgumentException fault(String element, IllegalArgumentException e) {
        return new IllegalArgumentException(Shown.brief(element) + ": " + e.getMessage(), e);
    }

    private static List<? extends LayerDescription> parseElement(String element, Kinds kinds) {
        String[] parts = element.split(":", -1);
        try {
            if (CustomElement.isKind(parts[0])) {
                CustomElement.Repeated repeated = CustomElement.Repeated.parse(element);
                return Collections.nCopies(repeated.count(), kinds.layer(repeated.element()));
            }
            if (parts.length < 2) {
                throw new IllegalArgumentException("expected kind:sizes, such as lstm:256");
            }
            Map<LayerOption<?>, Object> options = new TreeMap<>();
            for (int i = 2; i < parts.length; i++) {
                int equals = parts[i].indexOf('=');
                LayerOption<?> option = LayerOption.named(equals < 0 ? parts[i] : parts[i].substring(0, equals));
                options.put(option, option.parse(equals < 0 ? "" : parts[i].substring(equals + 1)));
            }
            return layers(parts[0], parts[1], options);
        } catch (MissingKindException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw fault(element, e);
        }
    }

    private static List<LayerSpec> layers(String kind, String sizes, Map<LayerOption<?>, Object> options) {
        int times = sizes.indexOf('x');
        int count = times < 0 ? 1 : LayerSpec.parseSizes(sizes.substring(0, times)).getFirst();
        check("layers", count, MAX_LAYERS);
        List<LayerSpec> once = PaperNames.of(kind, LayerSpec.parseSizes(sizes.substring(times + 1)), options);
        List<LayerSpec> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.addAll(once);
        }
        return all;
    }

    /**
     * Refuses a size that is out of range.
     *
     * @param what the size in the message, such as {@code outputs}
     * @param size to check
     * @param max the largest one allowed
     * @throws IllegalArgumentException if it is less than 1 or larger
     */
    public static void check(String what, int size, int max) {
        if (size <= 0 || size > max) {
            throw new IllegalArgumentException(what + " must be from 1 to " + max + ", not " + size);
        }
    }

    /**
     * The parameters that the network will have.
     *
     * @return names and shapes, without memory
     */
    public Parameters parameters() {
        Parameters parameters = new Parameters();
        switch (output) {
            case CustomOutput custom -> Network.declare(parameters, inputs, layers, custom, outputs);
            case OutputLayer layer when layer == OutputLayer.BARE ->
                    Network.declare(parameters, inputs, layers, new BareOutput(), outputs);
            case OutputLayer layer ->
                    Network.declare(parameters, inputs, layers, layer == OutputLayer.TIED, outputs);
        }
        return parameters;
    }

    /**
     * The layers as {@link #parse} reads them.
     *
     * @return a text without spaces, equal for equal layers
     */
    public String text() {
        StringJoiner text = new StringJoiner("/");
        for (int i = 0, count; i < layers.size(); i += count) {
            LayerDescription layer = layers.get(i);
            count = 1;
            while (!layer.sizes().isEmpty() && i + count < layers.size() && layers.get(i + count).equals(layer)) {
                count++;
            }
            text.add(count == 1 ? layer.toString() : layer.toString().replaceFirst(":", ":" + count + "x"));
        }
        return output == OutputLayer.LINEAR ? text.toString() : text.add(output.text()).toString();
    }

    @Override
    public String toString() {
        return text() + ", " + inputs + " inputs, " + outputs + " outputs";
    }
}
