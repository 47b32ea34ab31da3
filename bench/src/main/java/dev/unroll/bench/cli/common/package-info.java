/** What several commands share: the parser's settings, values of options, and messages. Knows no command. */
package dev.unroll.bench.cli.common;
