package dev.unroll.gradcheck.numeric;

import java.util.function.DoubleSupplier;

/**
 * A derivative that backward claims, and what it may be measured by.
 *
 * @param analytic by backward
 * @param rounding an upper estimate of what roundings within backward may do to it, computed only where it matters
 * @param size what errors are measured by if the derivative itself is smaller: 0 for one element, and for a product with
 *     a random direction, which may be small by chance, the size that it usually has
 * @param largest the largest gradient by the same input
 * @param considerable beside this an error is negligible: the largest gradient of all, in the unit of this one
 * @param inputs the largest of the numbers that are moved
 */
record Claim(double analytic, DoubleSupplier rounding, double size, double largest, double considerable,
        double inputs) {}
