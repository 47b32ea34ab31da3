package dev.unroll.kernels;

/**
 * What a matrix product does to its result at the end, while that is in the processor's caches: {@code f(x + bias)}, with
 * the same bits as if both were done apart. Immutable, and to be used as often as one likes.
 */
public final class Epilogue {
    /** Nothing. */
    public static final Epilogue NONE = new Epilogue(null, null);

    private final Tensor bias;
    private final Activation activation;

    private Epilogue(Tensor bias, Activation activation) {
        this.bias = bias;
        this.activation = activation;
    }

    /**
     * Adds a row to every row.
     *
     * @param row {@code [n]}, of the type of the product
     * @return that
     * @throws IllegalArgumentException if it is null
     */
    public static Epilogue bias(Tensor row) {
        Checks.notNull("Epilogue.bias", "row", row);
        return new Epilogue(row, null);
    }

    /**
     * Applies a nonlinearity.
     *
     * @param f which
     * @return that
     * @throws IllegalArgumentException if it is null
     */
    public static Epilogue activation(Activation f) {
        return NONE.then(f);
    }

    /**
     * Applies a nonlinearity after adding the row.
     *
     * @param f which
     * @return both
     * @throws IllegalArgumentException if it is null
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
