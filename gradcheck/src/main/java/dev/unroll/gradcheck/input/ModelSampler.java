package dev.unroll.gradcheck.input;

import static dev.unroll.rnn.spec.LayerOption.BIAS;
import static dev.unroll.rnn.spec.LayerOption.BIDIRECTIONAL;
import static dev.unroll.rnn.spec.LayerOption.F;
import static dev.unroll.rnn.spec.LayerOption.FORGET;
import static dev.unroll.rnn.spec.LayerOption.GATES;
import static dev.unroll.rnn.spec.LayerOption.LEARNED;
import static dev.unroll.rnn.spec.LayerOption.NORM;
import static dev.unroll.rnn.spec.LayerOption.PROJECTION;
import static dev.unroll.rnn.spec.LayerOption.RESET;
import static dev.unroll.rnn.spec.LayerOption.SHORTCUTS;
import static dev.unroll.rnn.spec.LayerOption.ZONEOUT;

import dev.unroll.rnn.spec.LayerKind;
import dev.unroll.rnn.spec.LayerOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Random descriptions of networks, as {@link dev.unroll.rnn.spec.ModelSpec#parse} reads them: every variant of the
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
        Set<LayerOption<?>> known = switch (kind) {
            case "di", "do", "dot", "dots" -> Set.of();
            case "srnn" -> LayerKind.RNN.options();
            default -> LayerKind.valueOf(kind.toUpperCase(Locale.ROOT)).options();
        };
        String own = known.contains(GATES)
                ? oneOr(texts(known, NORM)[0], texts(known, BIAS, RESET, FORGET, PROJECTION, GATES))
                : Stream.of(texts(known, F, SHORTCUTS)).map(this::some).collect(Collectors.joining());
        String around = known.contains(ZONEOUT) ? one(texts(known, BIDIRECTIONAL, LEARNED, ZONEOUT)) : "";
        return own + around + one(":dropout=0.5", ":dropout=0.25:variational");
    }

    /** Those options among some that are known, with values that suit small layers. */
    private String[] texts(Set<LayerOption<?>> known, LayerOption<?>... some) {
        return Stream.of(some).filter(known::contains).flatMap(this::texts).map(text -> ":" + text)
                .toArray(String[]::new);
    }

    private Stream<String> texts(LayerOption<?> option) {
        String label = option.label();
        return switch (label) {
            case "bidirectional" -> Stream.of(label, label + "=sum");
            case "zoneout" -> Stream.of(label + "=0.5");
            case "projection" -> Stream.of(label + "=1");
            case "gates" -> Stream.of(label + "=" + sizes(1));
            default -> Stream.of(option.example());
        };
    }

    /** One of these, or mostly none. */
    private String one(String... options) {
        return oneOr("", options);
    }

    /**
     * The same, with one more option in the place of the last draw of none: networks without it remain those of their
     * seeds.
     */
    private String oneOr(String another, String... options) {
        int choice = random.nextInt(2 * options.length);
        return choice < options.length ? options[choice] : choice == 2 * options.length - 1 ? another : "";
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
