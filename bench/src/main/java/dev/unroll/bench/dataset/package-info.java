/**
 * Where texts and music to train on come from: files of the user's, published data sets, which are downloaded once and
 * known by their digests, and the demo source, a small language with a known grammar, which needs no file and no
 * network: its exact perplexity on any text is the floor that a model trained on it is measured against. Classes of
 * bench may enter; nothing in here depends on a model.
 */
package dev.unroll.bench.dataset;
