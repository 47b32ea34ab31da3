/** Initializers of parameters, and the random generator of this library. Nothing here knows the role of a parameter. */
package dev.unroll.rnn.init;
