/** What training with several workers costs: a model on paper, and trainings of real processes that it is compared with. */
package dev.unroll.bench.scaling;
