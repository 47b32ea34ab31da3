package dev.unroll.kernels;

/** An element-wise nonlinearity. */
public enum Activation {
    /** {@code 1 / (1 + e^-x)}. */
    SIGMOID,
    /** {@code tanh x}. */
    TANH,
    /** {@code max(0, x)}; its derivative at 0 is taken as 0. */
    RELU,
    /** {@code e^x}. */
    EXP,
    /** {@code log x}, the natural logarithm: -infinity at 0, NaN below. */
    LOG,
    /** {@code log(1 + e^x)}, without overflow. */
    SOFTPLUS
}
