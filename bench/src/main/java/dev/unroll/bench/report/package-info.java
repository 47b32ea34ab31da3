/** How results leave the program: files for other programs, charts, and a description of the machine they are of. */
package dev.unroll.bench.report;
