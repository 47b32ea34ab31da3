/**
 * The description of a network as data and as text: kinds and options of layers, the names and tasks of Pascanu et al.
 * 2014, and the initialization that they used. Knows operators and cells; nothing of networks that run.
 */
package dev.unroll.rnn.spec;
