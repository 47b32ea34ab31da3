package dev.unroll.rnn.spec;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The names of Pascanu et al. 2014 for more than one layer, as the layers that they stand for. */
final class PaperNames {
    private PaperNames() {}

    /** The layers of a name, which may also be that of one kind of layer. */
    static List<LayerSpec> of(String name, List<Integer> sizes, Map<LayerOption<?>, Object> options) {
        int last = sizes.size() - 1;
        return switch (name) {
            case "srnn" -> List.of(new LayerSpec(LayerKind.RNN, sizes, options));
            case "di" -> {
                requireTwo(name, sizes);
                yield List.of(perceptron(sizes.subList(0, last), options),
                        recurrent(LayerKind.RNN, sizes.subList(last, last + 1), options));
            }
            case "do" -> behind(LayerKind.RNN, name, 1, sizes, options);
            case "dot" -> behind(LayerKind.DT, name, last, sizes, options);
            case "dots" -> behind(LayerKind.DTS, name, last, sizes, options);
            default -> List.of(new LayerSpec(LayerKind.named(name), sizes, options));
        };
    }

    /** A recurrent layer of the first sizes and a perceptron of the others. */
    private static List<LayerSpec> behind(
            LayerKind kind, String name, int count, List<Integer> sizes, Map<LayerOption<?>, Object> options) {
        requireTwo(name, sizes);
        return List.of(
                recurrent(kind, sizes.subList(0, count), options),
                perceptron(sizes.subList(count, sizes.size()), options));
    }

    /** Maxout is the perceptron's; all else is the recurrent layer's, which refuses what it has not. */
    private static LayerSpec recurrent(LayerKind kind, List<Integer> sizes, Map<LayerOption<?>, Object> options) {
        Map<LayerOption<?>, Object> own = copy(options);
        own.remove(LayerOption.MAXOUT);
        return new LayerSpec(kind, sizes, own);
    }

    /** What both have is shared, but Lp units are the transition's, and maxout units have no other nonlinearity. */
    private static LayerSpec perceptron(List<Integer> sizes, Map<LayerOption<?>, Object> options) {
        Map<LayerOption<?>, Object> own = copy(options);
        own.keySet().retainAll(LayerKind.MLP.options());
        own.remove(LayerOption.LP);
        if (own.containsKey(LayerOption.MAXOUT)) {
            own.remove(LayerOption.F);
        }
        return new LayerSpec(LayerKind.MLP, sizes, own);
    }

    private static Map<LayerOption<?>, Object> copy(Map<LayerOption<?>, Object> options) {
        Map<LayerOption<?>, Object> copy = new TreeMap<>();
        copy.putAll(options);
        return copy;
    }

    private static void requireTwo(String name, List<Integer> sizes) {
        if (sizes.size() < 2) {
            throw new IllegalArgumentException(name + " needs at least two sizes, such as " + name + ":400,400");
        }
    }
}
