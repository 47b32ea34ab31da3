/** What is done to gradients and parameters once a step's gradients stand: one pass each over the slabs. */
package dev.unroll.rnn.optim;
