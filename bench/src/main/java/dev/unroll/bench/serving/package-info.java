/** Measures joined sessions, as a server of many clients uses them, beside one session that runs as many sequences in lockstep. */
package dev.unroll.bench.serving;
