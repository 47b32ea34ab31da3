/** Autograd, deep recurrent networks, training and model files. */
@SuppressWarnings("module") // dev.unroll.gradcheck is compiled later
module dev.unroll.rnn {
    requires transitive dev.unroll.kernels;

    exports dev.unroll.rnn.autograd;
    exports dev.unroll.rnn.cell;
    exports dev.unroll.rnn.data;
    exports dev.unroll.rnn.init;
    exports dev.unroll.rnn.internal to
            dev.unroll.gradcheck;
    exports dev.unroll.rnn.io;
    exports dev.unroll.rnn.model;
    exports dev.unroll.rnn.operator;
    exports dev.unroll.rnn.optim;
    exports dev.unroll.rnn.parallel;
    exports dev.unroll.rnn.pytorch;
    exports dev.unroll.rnn.spec;
    exports dev.unroll.rnn.text;
    exports dev.unroll.rnn.train;
}
