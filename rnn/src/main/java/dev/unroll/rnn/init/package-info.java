/** How parameters get their first values. Models choose; nothing here knows what a parameter is for. */
package dev.unroll.rnn.init;
