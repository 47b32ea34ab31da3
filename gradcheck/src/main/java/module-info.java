/** Numerical gradient verification. */
module dev.unroll.gradcheck {
    requires transitive dev.unroll.rnn;

    exports dev.unroll.gradcheck;
}
