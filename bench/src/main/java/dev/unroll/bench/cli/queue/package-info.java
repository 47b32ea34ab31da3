/** {@code unroll queue}: the command, and the lines of a queue as commands. */
package dev.unroll.bench.cli.queue;
