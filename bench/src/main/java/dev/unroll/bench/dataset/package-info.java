/**
 * Where texts to train on come from. Here is the demo source, a small language with a known grammar: it needs no file
 * and no network, and its exact perplexity on any text is the floor that a model trained on it is measured against.
 * Classes of bench may enter; nothing in here depends on a model.
 */
package dev.unroll.bench.dataset;
