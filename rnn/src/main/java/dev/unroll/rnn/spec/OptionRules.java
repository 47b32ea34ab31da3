package dev.unroll.rnn.spec;

import static dev.unroll.rnn.spec.LayerOption.BIAS;
import static dev.unroll.rnn.spec.LayerOption.F;
import static dev.unroll.rnn.spec.LayerOption.FORGET;
import static dev.unroll.rnn.spec.LayerOption.GATES;
import static dev.unroll.rnn.spec.LayerOption.LP;
import static dev.unroll.rnn.spec.LayerOption.MAXOUT;
import static dev.unroll.rnn.spec.LayerOption.NORM;
import static dev.unroll.rnn.spec.LayerOption.PROJECTION;
import static dev.unroll.rnn.spec.LayerOption.RESET;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** Options that would change nothing without another one, or beside it: they are refused instead of ignored. */
final class OptionRules {
    private static final Set<LayerKind> GATED = Set.of(LayerKind.GRU, LayerKind.LSTM);

    private final LayerKind kind;
    private final Map<LayerOption<?>, Object> chosen;

    private OptionRules(LayerKind kind, Map<LayerOption<?>, Object> chosen) {
        this.kind = kind;
        this.chosen = chosen;
    }

    static void check(LayerKind kind, List<Integer> sizes, Map<LayerOption<?>, Object> chosen) {
        OptionRules rules = new OptionRules(kind, chosen);
        Wrapping.check(kind.label(), chosen);
        rules.exclude(GATES, BIAS, "perceptrons always have biases");
        rules.exclude(GATES, FORGET, "a gate that is a perceptron has more than one bias");
        rules.exclude(GATES, PROJECTION, "the hidden state of a cell with deep gates is not projected");
        rules.exclude(GATES, RESET, "a deep candidate always has the reset before it");
        rules.exclude(NORM, GATES, "the layers inside deep gates are not normalized");
        rules.exclude(NORM, RESET, "a normalized cell always has the reset after the product");
        rules.exclude(MAXOUT, LP, "a unit is of one kind");
        rules.exclude(MAXOUT, F, "the largest of some pieces has no other nonlinearity");
        if (GATED.contains(kind)) {
            rules.needs(F, GATES, "it is the nonlinearity inside deep gates, and the others are fixed");
        }
        if (kind == LayerKind.MLP) {
            rules.exclude(LP, F, "an Lp norm has no other nonlinearity");
        } else if (chosen.containsKey(LP) && sizes.size() < 2) {
            throw new IllegalArgumentException("option lp is for the layers of a transition before the last, and "
                    + kind.label() + ":" + LayerSpec.print(sizes) + " has none; give at least two sizes");
        }
        if (chosen.containsKey(FORGET) && chosen.get(BIAS) == Boolean.FALSE) {
            throw new IllegalArgumentException("option forget is a bias, and bias=false; remove one of them");
        }
    }

    private void needs(LayerOption<?> option, LayerOption<?> other, String why) {
        if (chosen.containsKey(option) && !chosen.containsKey(other)) {
            throw new IllegalArgumentException(kind.label() + ": option " + option.label() + " needs option "
                    + other.label() + ": " + why);
        }
    }

    private void exclude(LayerOption<?> option, LayerOption<?> other, String why) {
        if (chosen.containsKey(option) && chosen.containsKey(other)) {
            throw new IllegalArgumentException(kind.label() + ": options " + option.label() + " and " + other.label()
                    + " exclude each other: " + why);
        }
    }
}
