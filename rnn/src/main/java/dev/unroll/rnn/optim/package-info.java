/** Optimizers and clipping: two passes over the slabs of gradients and parameters, for the norm and for the update. */
package dev.unroll.rnn.optim;
