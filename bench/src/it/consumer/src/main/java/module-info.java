module consumer {
    requires dev.unroll.gradcheck;
    requires jdk.incubator.vector;
}
