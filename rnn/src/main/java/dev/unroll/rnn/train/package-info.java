/** The training loop, its schedules and the listeners that watch it. It knows models, batches and optimizers; it prints nothing. */
package dev.unroll.rnn.train;
