package dev.unroll.rnn.model;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.CellOps;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.Linear;
import dev.unroll.rnn.operator.Plus;
import dev.unroll.rnn.operator.Predict;
import dev.unroll.rnn.operator.State;
import dev.unroll.rnn.spec.Kinds;
import java.util.List;

/** User-defined kinds: a cell, a layer without sizes, and an output map. */
public final class Acme {
    /** All of them. */
    public static final Kinds KINDS = Kinds.builtIn()
            .withLayer("acme.gentle", arguments -> {
                int size = arguments.size();
                double first = arguments.number("first", 0.1);
                boolean isBiased = !arguments.flag("plain");
                return (parameters, name, inputs) -> gentle(parameters, name, inputs, size, first, isBiased);
            })
            .withLayer("acme.twice", _ -> (_, _, inputs) -> new Twice(inputs))
            .withOutput("acme.bent", arguments -> {
                String f = arguments.text("f", "tanh");
                return (parameters, name, inputs, outputs) -> bent(parameters, name, inputs, outputs, f);
            });

    private Acme() {}

    /** {@code h' = h + tanh(x U + b + h W)}. */
    private record Gentle(Linear input, Parameter recurrent) implements Plus {
        @Override
        public List<Integer> stateSizes() {
            return List.of((int) recurrent.shape()[0]);
        }

        @Override
        public Variable project(Tape tape, Variable x) {
            return input.apply(tape, x);
        }

        @Override
        public State step(Tape tape, Variable p, State h) {
            Variable candidate = tape.apply(CellOps.rnn(Activation.TANH), p, h.hidden(), recurrent)[0];
            return State.of(tape.add(h.hidden(), candidate));
        }
    }

    private static Gentle gentle(
            Parameters parameters, String name, int inputs, int size, double first, boolean isBiased) {
        Initializer initializer = Initializer.uniformByUnits(size);
        Linear input = isBiased
                ? new Linear(parameters, name + ".input", inputs, size, initializer)
                : new Linear(parameters, name + ".input", inputs, size, initializer, null);
        return new Gentle(input, parameters.declare(name + ".recurrent", Initializer.gaussian(first), size, size));
    }

    /** {@code y = 2 x}. */
    private record Twice(int outputs) implements Layer {
        @Override
        public List<Integer> stateSizes() {
            return List.of();
        }

        @Override
        public Unrolled run(Tape tape, Variable x, SequenceLayout layout, State initial) {
            return new Unrolled(tape.add(x, x), initial);
        }
    }

    private static Predict bent(Parameters parameters, String name, int inputs, int outputs, String f) {
        Linear linear = new Linear(parameters, name, inputs, outputs, Initializer.uniformByUnits(inputs));
        return (tape, h) -> f.equals("tanh") ? tape.tanh(linear.apply(tape, h)) : tape.sigmoid(linear.apply(tape, h));
    }
}
