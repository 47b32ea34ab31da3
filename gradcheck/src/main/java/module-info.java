/** Numerical gradient verification. */
module dev.unroll.gradcheck {
    requires transitive dev.unroll.rnn;

    exports dev.unroll.gradcheck;
    exports dev.unroll.gradcheck.finding;
    exports dev.unroll.gradcheck.input;
}
