package dev.unroll.gradcheck.numeric;

import java.util.function.DoubleSupplier;

/**
 * A derivative that backward claims, and what it may be measured by.
 *
 * @param analytic by backward
 * @param rounding an upper estimate of what roundings within backward may do to it, computed only where it matters
 * @param size what errors are measured by if the derivative itself is smaller: 0 for one element, and for a product with
 *     a random direction, which may be small by chance, the size that it usually has
 * @param largest the largest derivative by the same input
 * @param terms what a tolerance of one derivative is multiplied by, for a product that is made of several
 * @param considerable beside this an error is negligible: the largest gradient of all, in the unit of this one
 * @param inputs the largest of the numbers that are moved
 * @param elements that are moved together
 */
record Claim(double analytic, DoubleSupplier rounding, double size, double largest, double terms,
        double considerable, double inputs, int elements) {
    /** Tells whether it is a product: what lies between its slopes at a kink need not be right element by element. */
    boolean isProduct() {
        return size > 0 || elements > 1;
    }
}
