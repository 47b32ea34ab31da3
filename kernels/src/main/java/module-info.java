/** Off-heap tensors and the SIMD kernels over them. */
module dev.unroll.kernels {
    requires jdk.incubator.vector;

    exports dev.unroll.kernels;
}
