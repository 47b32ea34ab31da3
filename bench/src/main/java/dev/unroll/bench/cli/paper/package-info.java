/** {@code unroll paper}: trainings of {@code unroll train} with the recipes of Pascanu et al. 2014. */
package dev.unroll.bench.cli.paper;
