/** Text as ids and ids as batches. What reads files or downloads them does not live here, but with whoever runs things. */
package dev.unroll.rnn.data;
