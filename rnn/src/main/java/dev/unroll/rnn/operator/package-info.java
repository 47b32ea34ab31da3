/**
 * The two operators that every deep recurrent network is composed of (Pascanu et al. 2014),
 * {@link dev.unroll.rnn.operator.Plus}, {@code h' = x (+) h}, and {@link dev.unroll.rnn.operator.Predict}; the layers that
 * wrap others, such as dropout; and the maps that treat every step alike, such as perceptrons. All are written in ops of
 * the tape. Knows autograd and data.
 */
package dev.unroll.rnn.operator;
