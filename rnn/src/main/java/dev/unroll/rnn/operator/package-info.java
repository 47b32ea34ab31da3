/**
 * The two operators that every deep recurrent network is a composition of (Pascanu et al. 2014), and the cells, one file
 * each: {@link dev.unroll.rnn.operator.Plus}, {@code h' = x (+) h}, and {@link dev.unroll.rnn.operator.Predict}. They are
 * written in ops of the tape; a user's cell needs nothing else.
 */
package dev.unroll.rnn.operator;
