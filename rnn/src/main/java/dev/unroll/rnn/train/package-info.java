/** The training loop, its schedules and who watches it. It knows models, batches and optimisers; it prints nothing. */
package dev.unroll.rnn.train;
