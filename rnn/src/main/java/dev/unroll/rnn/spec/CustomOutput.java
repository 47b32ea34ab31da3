package dev.unroll.rnn.spec;

import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.operator.Predict;
import dev.unroll.rnn.operator.PredictFactory;

/** A user-defined output map as data, made by {@link Kinds#output} or read from a text. Immutable if its factory is. */
public final class CustomOutput implements OutputDescription, PredictFactory {
    private final CustomElement element;
    private final PredictFactory factory;

    CustomOutput(CustomElement element, PredictFactory factory) {
        this.element = element;
        this.factory = factory;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the factory makes none
     */
    @Override
    public Predict build(Parameters parameters, String name, int inputs, int outputs) {
        Predict predict = factory.build(parameters, name, inputs, outputs);
        if (predict == null) {
            throw new IllegalArgumentException(
                    name + ", " + element.brief() + ": the factory made no output map but null; return one");
        }
        return predict;
    }

    @Override
    public String text() {
        return element.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CustomOutput that && element.equals(that.element);
    }

    @Override
    public int hashCode() {
        return element.hashCode();
    }

    @Override
    public String toString() {
        return text();
    }
}
