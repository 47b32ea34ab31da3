package dev.unroll.rnn.spec;

import java.util.Locale;

/** What stands between the top layer of a network and its outputs. */
public enum OutputLayer implements OutputDescription {
    /** A linear map with weights of its own. */
    LINEAR,
    /** A linear map whose weights are the table of the embedding that the network begins with. */
    TIED,
    /** Nothing: the outputs are those of the top layer. */
    BARE;

    /** The last element of a description, which a linear map has not. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String text() {
        return this == LINEAR ? "" : label();
    }

    /** Returns the layer that an element of a description stands for, or a linear map if it stands for none. */
    static OutputLayer of(String element) {
        return element.equals(TIED.label()) ? TIED : element.equals(BARE.label()) ? BARE : LINEAR;
    }
}
