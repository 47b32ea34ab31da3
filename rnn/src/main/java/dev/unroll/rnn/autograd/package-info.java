/**
 * A minimal autograd: a tape of calls over kernel pairs, the table of ops, and parameters in one slab. It strings kernels
 * together and holds no arithmetic of its own. Operators, cells and users' own compositions enter; nothing here knows a
 * model.
 */
package dev.unroll.rnn.autograd;
