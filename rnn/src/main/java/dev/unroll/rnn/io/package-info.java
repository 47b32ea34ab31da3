/**
 * The formats of saved models: safetensors for numbers, a small bounded JSON for descriptions, and folders that are
 * replaced as one. Everything read here may be damaged or hostile: it is checked in full before any of it is used, and
 * a fault is one line in an {@link java.io.IOException}. Knows files, memory and element types; nothing of tapes,
 * cells or models, which stand on top of it.
 */
package dev.unroll.rnn.io;
