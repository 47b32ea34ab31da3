module consumer {
    requires dev.unroll.gradcheck;
}
