/**
 * Networks: building, running, evaluating, saving and loading them. {@link dev.unroll.rnn.model.Pass} is one run over some
 * steps; a {@link dev.unroll.rnn.model.Task} says what is predicted and what it costs. One thread at a time may use a
 * network; another one is refused, and the message names both.
 */
package dev.unroll.rnn.model;
