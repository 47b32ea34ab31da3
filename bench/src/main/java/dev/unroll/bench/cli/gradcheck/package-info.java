/** {@code unroll gradcheck}: random gradient checks of ops and networks. */
package dev.unroll.bench.cli.gradcheck;
