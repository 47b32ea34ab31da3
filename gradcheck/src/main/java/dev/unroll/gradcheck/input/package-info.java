/**
 * The inputs of a check: functions on a tape, their inputs, and samplers of random examples. No parameter and no result
 * is null; methods throw {@link java.lang.IllegalArgumentException}, which names the call and the parameter, for a null
 * argument.
 */
package dev.unroll.gradcheck.input;
