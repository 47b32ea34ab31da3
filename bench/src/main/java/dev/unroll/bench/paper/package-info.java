/** The experiments of Pascanu et al. 2014: tasks, recipes, results, and the tables that are made of them. */
package dev.unroll.bench.paper;
