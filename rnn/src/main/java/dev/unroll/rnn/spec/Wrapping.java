package dev.unroll.rnn.spec;

import static dev.unroll.rnn.spec.LayerOption.BIDIRECTIONAL;
import static dev.unroll.rnn.spec.LayerOption.DROPOUT;
import static dev.unroll.rnn.spec.LayerOption.INPUT;
import static dev.unroll.rnn.spec.LayerOption.LEARNED;
import static dev.unroll.rnn.spec.LayerOption.RESIDUAL;
import static dev.unroll.rnn.spec.LayerOption.VARIATIONAL;
import static dev.unroll.rnn.spec.LayerOption.ZONEOUT;

import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.operator.Bidirectional;
import dev.unroll.rnn.operator.Bidirectional.Merge;
import dev.unroll.rnn.operator.DropoutLayer;
import dev.unroll.rnn.operator.InputDropout;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.LayerFactory;
import dev.unroll.rnn.operator.LearnedState;
import dev.unroll.rnn.operator.Plus;
import dev.unroll.rnn.operator.Residual;
import dev.unroll.rnn.operator.Zoneout;
import java.util.List;
import java.util.Map;

/**
 * What options put around a layer, built-in or not.
 *
 * @param text of the layer, for messages
 * @param options chosen; others than those of wrapping are not read
 */
record Wrapping(String text, Map<LayerOption<?>, Object> options) {
    /** Options that any layer can have. */
    static final List<LayerOption<?>> OF_ALL = List.of(RESIDUAL, INPUT, DROPOUT, VARIATIONAL);

    /** Options that layers with a state can have. */
    static final List<LayerOption<?>> OF_RECURRENT = List.of(BIDIRECTIONAL, LEARNED, ZONEOUT);

    /** Returns the option of this name, or null if it is none of wrapping. */
    static LayerOption<?> optionOrNull(String name) {
        for (List<LayerOption<?>> some : List.of(OF_ALL, OF_RECURRENT)) {
            for (LayerOption<?> option : some) {
                if (option.label().equals(name)) {
                    return option;
                }
            }
        }
        return null;
    }

    /** Refuses an option that would change nothing. */
    static void check(String kind, Map<LayerOption<?>, Object> chosen) {
        if (chosen.containsKey(VARIATIONAL) && !chosen.containsKey(DROPOUT) && !chosen.containsKey(INPUT)) {
            throw new IllegalArgumentException(
                    kind + ": option variational needs option dropout or input: one mask"
                            + " for all steps is one of dropout");
        }
    }

    /** Builds a layer with all that is put around it. */
    Layer build(LayerFactory inner, Parameters parameters, String name, int inputs) {
        Layer layer = withDirections(inner, parameters, name, inputs);
        layer = LEARNED.of(options, false) ? new LearnedState(parameters, name, layer) : layer;
        if (RESIDUAL.of(options, false)) {
            if (layer.outputs() != inputs) {
                throw new IllegalArgumentException(
                        name + ", " + Shown.brief(text) + ": a residual layer of " + inputs
                                + " inputs needs as many outputs, not " + layer.outputs()
                                + "; make it equal to the inputs");
            }
            layer = new Residual(layer);
        }
        boolean isVariational = VARIATIONAL.of(options, false);
        double input = INPUT.of(options, 0.0);
        layer = input > 0 ? new InputDropout(layer, input, isVariational) : layer;
        double rate = DROPOUT.of(options, 0.0);
        return rate > 0 ? new DropoutLayer(layer, rate, isVariational) : layer;
    }

    private Layer withDirections(LayerFactory inner, Parameters parameters, String name, int inputs) {
        Merge merge = BIDIRECTIONAL.of(options, null);
        double zoneout = ZONEOUT.of(options, 0.0);
        if (merge != null) {
            return new Bidirectional(
                    cell(inner, zoneout, parameters, name + ".forward", inputs),
                    cell(inner, zoneout, parameters, name + ".backward", inputs), merge);
        }
        return zoneout > 0
                ? cell(inner, zoneout, parameters, name, inputs)
                : inner.build(parameters, name, inputs);
    }

    private Plus cell(LayerFactory inner, double zoneout, Parameters parameters, String name, int inputs) {
        if (!(inner.build(parameters, name, inputs) instanceof Plus cell)) {
            throw new IllegalArgumentException(name + ", " + Shown.brief(text) + ": options bidirectional and zoneout"
                    + " need a cell, which is a Plus; this layer is none, leave them out");
        }
        return zoneout > 0 ? new Zoneout(cell, zoneout) : cell;
    }
}
