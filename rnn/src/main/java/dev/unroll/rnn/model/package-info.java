/** Deep recurrent networks: their description as data, the network built from it, and a network with its vocabulary. */
package dev.unroll.rnn.model;
