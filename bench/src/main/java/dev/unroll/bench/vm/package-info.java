/**
 * Compares the kernels that are chosen in every mode of the virtual machine with the scalar kernels there, each in
 * virtual machines of its own.
 */
package dev.unroll.bench.vm;
