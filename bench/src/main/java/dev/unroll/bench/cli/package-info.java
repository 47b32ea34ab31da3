/** The command line {@code unroll}: one file a command, what commands share beside them. It is the first user of the libraries. */
package dev.unroll.bench.cli;
