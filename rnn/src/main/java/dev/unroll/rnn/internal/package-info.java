/** Helpers that all packages of this library may use, and that no user sees: the module exports it to gradcheck alone. */
package dev.unroll.rnn.internal;
