/** Autograd, deep recurrent networks, training and model files. */
module dev.unroll.rnn {
    requires transitive dev.unroll.kernels;

    exports dev.unroll.rnn.io;
}
