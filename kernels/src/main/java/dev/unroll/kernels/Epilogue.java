package dev.unroll.kernels;

/**
 * The last step of a matrix product, applied to the result while that is in the cache: {@code f(x + bias)}, with the
 * same bits as the separate calls. Immutable and reusable.
 */
public final class Epilogue {
    /** The epilogue that does nothing. */
    public static final Epilogue NONE = new Epilogue(null, null);

    private final Tensor bias;
    private final Activation activation;

    private Epilogue(Tensor bias, Activation activation) {
        this.bias = bias;
        this.activation = activation;
    }

    /**
     * Returns the epilogue that adds a row to every row.
     *
     * @param row {@code [n]}, of the type of the product
     * @return the epilogue
     */
    public static Epilogue bias(Tensor row) {
        Checks.notNull("Epilogue.bias", "row", row);
        return new Epilogue(row, null);
    }

    /**
     * Returns the epilogue that applies a nonlinearity.
     *
     * @param f the nonlinearity
     * @return the epilogue
     */
    public static Epilogue activation(Activation f) {
        return NONE.then(f);
    }

    /**
     * Returns this epilogue followed by a nonlinearity.
     *
     * @param f the nonlinearity
     * @return the combined epilogue
     * @throws IllegalStateException if there is a nonlinearity already
     */
    public Epilogue then(Activation f) {
        Checks.notNull("Epilogue.then", "f", f);
        if (activation != null) {
            throw new IllegalStateException("Epilogue.then: has " + activation + " already; a product applies one");
        }
        return new Epilogue(bias, f);
    }

    Tensor bias() {
        return bias;
    }

    Activation activation() {
        return activation;
    }
}
