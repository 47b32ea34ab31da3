package dev.unroll.bench.vm;

/**
 * What was measured in one mode. Times are milliseconds of processor time per update, medians of all virtual machines.
 *
 * @param mode the option of Java
 * @param kernels which were chosen in it, and why
 * @param vectors with the width forced that is chosen in the normal mode; not a number if not measured
 * @param chosen with the kernels that are chosen
 * @param scalar with the scalar kernels
 * @param ratio the median of the pairs' ratios, of chosen to scalar
 */
public record VmRow(String mode, String kernels, double vectors, double chosen, double scalar, double ratio) {}
