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
import static dev.unroll.rnn.spec.LayerOption.SHORTCUTS;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.cell.DeepGru;
import dev.unroll.rnn.cell.DeepLstm;
import dev.unroll.rnn.cell.DeepTransition;
import dev.unroll.rnn.cell.GruPlus;
import dev.unroll.rnn.cell.LayerNormGru;
import dev.unroll.rnn.cell.LayerNormLstm;
import dev.unroll.rnn.cell.LstmPlus;
import dev.unroll.rnn.cell.ResetBeforeGru;
import dev.unroll.rnn.cell.RnnPlus;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.operator.EmbeddingLayer;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.LayerFactory;
import dev.unroll.rnn.operator.Mlp;
import dev.unroll.rnn.operator.Plus;
import dev.unroll.rnn.operator.Units;
import dev.unroll.rnn.spec.LayerOption.Reset;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The kinds of layers that a description can name. */
public enum LayerKind {
    /** The simple recurrent network: {@code rnn:600}. */
    RNN(1, true, F, BIAS) {
        @Override
        Plus cell(LayerSpec spec, Parameters parameters, String name, int inputs) {
            int hidden = spec.sizes().getLast();
            return new RnnPlus(parameters, name, f(spec), inputs, hidden, ofBias(spec, hidden));
        }
    },
    /** The GRU: {@code gru:256}, {@code gru:256:reset=before} or {@code gru:256:norm}. */
    GRU(1, true, BIAS, RESET, GATES, F, NORM) {
        @Override
        Plus cell(LayerSpec spec, Parameters parameters, String name, int inputs) {
            int hidden = spec.sizes().getLast();
            List<Integer> gates = spec.get(GATES, List.of());
            if (!gates.isEmpty()) {
                return new DeepGru(parameters, name, f(spec), inputs, gates, hidden);
            }
            if (spec.has(NORM)) {
                return new LayerNormGru(parameters, name, inputs, hidden, ofBias(spec, hidden));
            }
            return spec.get(RESET, Reset.AFTER) == Reset.BEFORE
                    ? new ResetBeforeGru(parameters, name, inputs, hidden, ofBias(spec, hidden))
                    : new GruPlus(parameters, name, inputs, hidden, ofBias(spec, hidden));
        }
    },
    /** The LSTM with forget gates: {@code lstm:256} or {@code lstm:256:norm}. */
    LSTM(1, true, BIAS, FORGET, PROJECTION, GATES, F, NORM) {
        @Override
        Plus cell(LayerSpec spec, Parameters parameters, String name, int inputs) {
            int hidden = spec.sizes().getLast();
            List<Integer> gates = spec.get(GATES, List.of());
            if (!gates.isEmpty()) {
                return new DeepLstm(parameters, name, f(spec), inputs, gates, hidden);
            }
            Initializer bias = ofBias(spec, hidden);
            Double forget = spec.get(FORGET, null);
            if (forget != null) {
                bias = Initializer.blocks(bias, Initializer.constant(forget), bias, bias);
            }
            int outputs = spec.get(PROJECTION, hidden);
            return spec.has(NORM)
                    ? new LayerNormLstm(parameters, name, inputs, hidden, outputs, bias)
                    : new LstmPlus(parameters, name, inputs, hidden, outputs, bias);
        }
    },
    /** The deep transition: {@code dt:400,400}; with {@code lp=2} the layers before the last are Lp units. */
    DT(Integer.MAX_VALUE, true, F, BIAS, LP) {
        @Override
        Plus cell(LayerSpec spec, Parameters parameters, String name, int inputs) {
            return new DeepTransition(parameters, name, units(spec), f(spec), inputs, spec.sizes(), false,
                    isBiased(spec));
        }
    },
    /** The deep transition with shortcuts: {@code dts:400,400}; with {@code lp=2} as {@link #DT}. */
    DTS(Integer.MAX_VALUE, true, F, BIAS, LP) {
        @Override
        Plus cell(LayerSpec spec, Parameters parameters, String name, int inputs) {
            return new DeepTransition(parameters, name, units(spec), f(spec), inputs, spec.sizes(), true,
                    isBiased(spec));
        }
    },
    /** A perceptron over every step alike: {@code mlp:400}, {@code mlp:400,300:shortcuts} or {@code mlp:400:maxout=2}. */
    MLP(Integer.MAX_VALUE, false, F, BIAS, SHORTCUTS, MAXOUT, LP) {
        @Override
        Layer plain(LayerSpec spec, Parameters parameters, String name, int inputs) {
            return new Mlp(parameters, name, units(spec), inputs, spec.sizes(), spec.has(SHORTCUTS), isBiased(spec));
        }
    },
    /** A vector for every id: {@code embedding:128}. */
    EMBEDDING(1, false) {
        @Override
        Layer plain(LayerSpec spec, Parameters parameters, String name, int inputs) {
            return new EmbeddingLayer(parameters, name, inputs, spec.sizes().getLast());
        }
    };

    private final int mostSizes;
    private final boolean recurrent;
    private final Set<LayerOption<?>> options;

    LayerKind(int mostSizes, boolean recurrent, LayerOption<?>... options) {
        this.mostSizes = mostSizes;
        this.recurrent = recurrent;
        Set<LayerOption<?>> all = new TreeSet<>(Wrapping.OF_ALL);
        if (recurrent) {
            all.addAll(Wrapping.OF_RECURRENT);
        }
        all.addAll(Arrays.asList(options));
        this.options = Collections.unmodifiableSet(all);
    }

    /**
     * Returns the kind's name in descriptions of networks.
     *
     * @return such as {@code lstm}
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static LayerKind named(String label) {
        for (LayerKind kind : values()) {
            if (kind.label().equals(label)) {
                return kind;
            }
        }
        throw new IllegalArgumentException(
                "kind " + Shown.brief(label) + " is not known; known are di, do, dot, dots, srnn and "
                        + Arrays.stream(values()).map(LayerKind::label).toList());
    }

    /**
     * Tells whether layers of this kind are recurrent.
     *
     * @return false for those that map every step alone
     */
    public boolean isRecurrent() {
        return recurrent;
    }

    /**
     * Returns the options that a layer of this kind can have.
     *
     * @return not to be modified
     */
    public Set<LayerOption<?>> options() {
        return options;
    }

    void check(List<Integer> sizes, Map<LayerOption<?>, Object> chosen) {
        if (sizes.isEmpty() || sizes.size() > mostSizes) {
            throw new IllegalArgumentException(
                    label() + " needs " + (mostSizes == 1 ? "one size" : "at least one size") + ", not "
                            + sizes.size());
        }
        for (LayerOption<?> option : chosen.keySet()) {
            if (!options.contains(option)) {
                throw new IllegalArgumentException(label() + " has no option " + option.label() + "; it has "
                        + options.stream().map(LayerOption::label).toList());
            }
        }
        OptionRules.check(this, sizes, chosen);
    }

    Layer build(LayerSpec spec, Parameters parameters, String name, int inputs) {
        LayerFactory inner = (all, prefix, size) -> plain(spec, all, prefix, size);
        return new Wrapping(spec.toString(), spec.options()).build(inner, parameters, name, inputs);
    }

    /** The layer without what is put around it. */
    Layer plain(LayerSpec spec, Parameters parameters, String name, int inputs) {
        return cell(spec, parameters, name, inputs);
    }

    /** The cell of a recurrent kind. */
    Plus cell(LayerSpec spec, Parameters parameters, String name, int inputs) {
        throw new AssertionError(this + " is not recurrent");
    }

    private static Activation f(LayerSpec spec) {
        return spec.get(F, Activation.TANH);
    }

    private static Units units(LayerSpec spec) {
        Integer maxout = spec.get(MAXOUT, null);
        Integer lp = spec.get(LP, null);
        if (maxout != null) {
            return Units.maxout(maxout);
        }
        return lp != null ? Units.lp(lp) : Units.of(f(spec));
    }

    private static boolean isBiased(LayerSpec spec) {
        return spec.get(BIAS, true);
    }

    private static Initializer ofBias(LayerSpec spec, int hidden) {
        return isBiased(spec) ? Initializer.uniformByUnits(hidden) : null;
    }
}
