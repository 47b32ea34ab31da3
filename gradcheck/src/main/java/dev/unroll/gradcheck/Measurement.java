package dev.unroll.gradcheck;

import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;

/**
 * A derivative that is compared.
 *
 * @param of what of, for messages
 * @param site the site that it is taken by, -1 for several
 * @param along how the function changes along the line on which the derivative is taken
 * @param step of the difference on that line
 */
record Measurement(Supplier<String> of, int site, DoubleUnaryOperator along, double step) {}
