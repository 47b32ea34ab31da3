package dev.unroll.rnn.model;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The names of Pascanu et al. 2014 for more than one layer, as the layers that they stand for. */
final class Chain {
    private Chain() {}

    /** The layers of a name, which may also be that of one kind of layer; options belong to the recurrent one. */
    static List<LayerSpec> of(String name, List<Integer> sizes, Map<LayerOption, Object> options) {
        int last = sizes.size() - 1;
        return switch (name) {
            case "srnn" -> List.of(new LayerSpec(LayerKind.RNN, sizes, options));
            case "di" -> {
                requireTwo(name, sizes);
                yield List.of(perceptron(sizes.subList(0, last), options),
                        new LayerSpec(LayerKind.RNN, sizes.subList(last, last + 1), options));
            }
            case "do" -> behind(LayerKind.RNN, name, 1, sizes, options);
            case "dot" -> behind(LayerKind.DT, name, last, sizes, options);
            case "dots" -> behind(LayerKind.DTS, name, last, sizes, options);
            default -> List.of(new LayerSpec(LayerKind.named(name), sizes, options));
        };
    }

    /** A recurrent layer of the first sizes and a perceptron of the others. */
    private static List<LayerSpec> behind(
            LayerKind kind, String name, int count, List<Integer> sizes, Map<LayerOption, Object> options) {
        requireTwo(name, sizes);
        List<LayerSpec> layers = new ArrayList<>();
        layers.add(new LayerSpec(kind, sizes.subList(0, count), options));
        layers.add(perceptron(sizes.subList(count, sizes.size()), options));
        return layers;
    }

    private static LayerSpec perceptron(List<Integer> sizes, Map<LayerOption, Object> options) {
        Map<LayerOption, Object> shared = new EnumMap<>(LayerOption.class);
        shared.putAll(options);
        shared.keySet().retainAll(LayerKind.MLP.options());
        return new LayerSpec(LayerKind.MLP, sizes, shared);
    }

    private static void requireTwo(String name, List<Integer> sizes) {
        if (sizes.size() < 2) {
            throw new IllegalArgumentException(name + " needs at least two sizes, such as " + name + ":400,400");
        }
    }
}
