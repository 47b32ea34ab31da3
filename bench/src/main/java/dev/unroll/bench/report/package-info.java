/** The output of results: files for other programs, charts, and a description of the machine. */
package dev.unroll.bench.report;
