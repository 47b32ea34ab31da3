package dev.unroll.gradcheck.input;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Random descriptions of networks, as {@link dev.unroll.rnn.model.ModelSpec#parse} reads them: every variant of the
 * paper and what is built around cells, with nonlinearities that have no kink.
 */
public final class ModelSampler {
    private static final List<String> KINDS =
            List.of("rnn", "srnn", "gru", "lstm", "di", "do", "dt", "dts", "dot", "dots", "mlp");

    private static final int MOST_LAYERS = 3;

    private final RandomGenerator random;
    private final int largest;

    private ModelSampler(RandomGenerator random, int largest) {
        this.random = random;
        this.largest = largest;
    }

    /**
     * A network of ids.
     *
     * @param random drawn from
     * @param largest size of a layer
     * @return such as {@code embedding:3/lstm:2:dropout=0.5/mlp:4}; at least one of the layers is recurrent
     */
    public static String text(RandomGenerator random, int largest) {
        return new ModelSampler(random, largest).text();
    }

    private String text() {
        List<String> layers = new ArrayList<>();
        if (random.nextInt(4) == 0) {
            layers.add("embedding:" + size());
        }
        int count = random.nextInt(1, MOST_LAYERS + 1);
        for (int i = 0; i < count; i++) {
            layers.add(layer(KINDS.get(random.nextInt(KINDS.size()))));
        }
        if (layers.stream().allMatch(layer -> layer.startsWith("mlp") || layer.startsWith("embedding"))) {
            layers.add(layer("rnn"));
        }
        return String.join("/", layers);
    }

    private String layer(String kind) {
        String sizes = kind + ":" + switch (kind) {
            case "srnn" -> "2x" + size();
            case "rnn", "gru", "lstm" -> size();
            case "di", "do", "dot", "dots" -> sizes(2 + random.nextInt(2));
            default -> sizes(1 + random.nextInt(2));
        };
        return sizes + options(kind);
    }

    private String options(String kind) {
        String own = switch (kind) {
            case "rnn", "srnn", "dt", "dts" -> some(":f=sigmoid");
            case "mlp" -> some(":f=sigmoid") + some(":shortcuts");
            case "gru" -> one(":bias=false", ":reset=before", ":gates=" + sizes(1));
            case "lstm" -> one(":bias=false", ":forget=1", ":projection=1", ":gates=" + sizes(1));
            default -> "";
        };
        String around = switch (kind) {
            case "rnn", "srnn", "gru", "lstm", "dt", "dts" ->
                    one(":bidirectional", ":bidirectional=sum", ":learned", ":zoneout=0.5");
            default -> "";
        };
        return own + around + one(":dropout=0.5", ":dropout=0.25:variational");
    }

    /** One of these, or mostly none. */
    private String one(String... options) {
        int choice = random.nextInt(2 * options.length);
        return choice < options.length ? options[choice] : "";
    }

    private String some(String option) {
        return random.nextBoolean() ? option : "";
    }

    private String sizes(int count) {
        List<String> sizes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sizes.add(size());
        }
        return String.join(",", sizes);
    }

    private String size() {
        return Integer.toString(random.nextInt(1, largest + 1));
    }
}
