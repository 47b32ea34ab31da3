/** What is done to gradients and parameters once a step's gradients stand: two passes over the slabs, norm and update. */
package dev.unroll.rnn.optim;
