/** Text as ids: vocabularies, tokenizers, normalization, and the ways to cut a text into batches. Knows data. */
package dev.unroll.rnn.text;
