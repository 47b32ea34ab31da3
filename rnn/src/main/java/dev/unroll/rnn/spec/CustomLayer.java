package dev.unroll.rnn.spec;

import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.operator.Layer;
import dev.unroll.rnn.operator.LayerFactory;
import java.util.List;

/** A user-defined layer as data, made by {@link Kinds#layer} or read from a text. Immutable if its factory is. */
public final class CustomLayer implements LayerDescription {
    private final CustomElement element;
    private final LayerFactory factory;

    CustomLayer(CustomElement element, LayerFactory factory) {
        this.element = element;
        this.factory = factory;
    }

    /**
     * Returns the name that the factory has in {@link Kinds}.
     *
     * @return such as {@code acme.peephole}
     */
    public String kind() {
        return element.kind();
    }

    @Override
    public List<Integer> sizes() {
        return element.sizes();
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the factory makes none, or one that an option does not fit
     */
    @Override
    public Layer build(Parameters parameters, String name, int inputs) {
        return new Wrapping(toString(), element.wrapping()).build(this::plain, parameters, name, inputs);
    }

    private Layer plain(Parameters parameters, String name, int inputs) {
        Layer layer = factory.build(parameters, name, inputs);
        if (layer == null) {
            throw new IllegalArgumentException(
                    name + ", " + element.brief() + ": the factory made no layer but null; return one");
        }
        return layer;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CustomLayer that && element.equals(that.element);
    }

    @Override
    public int hashCode() {
        return element.hashCode();
    }

    @Override
    public String toString() {
        return element.toString();
    }
}
