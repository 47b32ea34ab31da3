/** Off-heap tensors and the SIMD kernels over them. */
module dev.unroll.kernels {
    requires jdk.incubator.vector;
    requires static jdk.management; // to read flags of the virtual machine

    exports dev.unroll.kernels;
}
