package dev.unroll.gradcheck.numeric;

import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;

/**
 * A derivative to be compared.
 *
 * @param of display name used in messages
 * @param variable the variable that it is taken by, {@link #ALL} or {@link #SECOND_ORDER}
 * @param along how the function changes along the line on which the derivative is taken
 * @param step of the difference on that line
 */
public record ComparedDerivative(Supplier<String> of, int variable, DoubleUnaryOperator along, double step) {
    /** By all variables together. */
    public static final int ALL = -1;

    /** A second derivative by all variables together. */
    public static final int SECOND_ORDER = -2;
}
