package dev.unroll.bench.cli;

import dev.unroll.rnn.optim.Adadelta;
import dev.unroll.rnn.optim.Adam;
import dev.unroll.rnn.optim.Momentum;
import dev.unroll.rnn.optim.Nesterov;
import dev.unroll.rnn.optim.Optimizer;
import dev.unroll.rnn.optim.RmsProp;
import dev.unroll.rnn.optim.Sgd;

/** The optimisers of {@code --optimizer}, each with the rate that it has without {@code --lr}. */
enum Rule {
    SGD(2) {
        @Override
        Optimizer with(double rate) {
            return new Sgd(rate);
        }
    },
    MOMENTUM(0.2) {
        @Override
        Optimizer with(double rate) {
            return new Momentum(rate);
        }
    },
    NESTEROV(0.2) {
        @Override
        Optimizer with(double rate) {
            return new Nesterov(rate);
        }
    },
    RMSPROP(0.002) {
        @Override
        Optimizer with(double rate) {
            return new RmsProp(rate);
        }
    },
    ADADELTA(1) {
        @Override
        Optimizer with(double rate) {
            return new Adadelta(rate, 0.9, 1e-6, 0);
        }
    },
    ADAM(0.002) {
        @Override
        Optimizer with(double rate) {
            return new Adam(rate);
        }
    };

    private final double rate;

    Rule(double rate) {
        this.rate = rate;
    }

    double rate() {
        return rate;
    }

    abstract Optimizer with(double rate);
}
