/**
 * A queue of long runs of the command line: a file of runs, each resumed where it was stopped by whoever starts the
 * queue again. What is known of them stands in a folder beside the file. The command {@code unroll queue} enters here;
 * which commands there are and what their options mean it says through {@link dev.unroll.bench.queue.Syntax}.
 */
package dev.unroll.bench.queue;
