package dev.unroll.bench.cli.train;

import dev.unroll.rnn.optim.Adadelta;
import dev.unroll.rnn.optim.Adam;
import dev.unroll.rnn.optim.Momentum;
import dev.unroll.rnn.optim.Nesterov;
import dev.unroll.rnn.optim.Optimizer;
import dev.unroll.rnn.optim.RmsProp;
import dev.unroll.rnn.optim.Sgd;

/** The values of {@code --optimizer}, each with its default rate. */
enum OptimizerChoice {
    SGD(2) {
        @Override
        Optimizer with(double rate, double decay) {
            return new Sgd(rate, decay);
        }
    },
    MOMENTUM(0.2) {
        @Override
        Optimizer with(double rate, double decay) {
            return new Momentum(rate, 0.9, decay);
        }
    },
    NESTEROV(0.2) {
        @Override
        Optimizer with(double rate, double decay) {
            return new Nesterov(rate, 0.9, decay);
        }
    },
    RMSPROP(0.002) {
        @Override
        Optimizer with(double rate, double decay) {
            return new RmsProp(rate, 0.99, 1e-8, decay);
        }
    },
    ADADELTA(1) {
        @Override
        Optimizer with(double rate, double decay) {
            return new Adadelta(rate, 0.9, 1e-6, decay);
        }
    },
    ADAM(0.002) {
        @Override
        Optimizer with(double rate, double decay) {
            return new Adam(rate, 0.9, 0.999, 1e-8, decay);
        }
    };

    private final double rate;

    OptimizerChoice(double rate) {
        this.rate = rate;
    }

    double rate() {
        return rate;
    }

    abstract Optimizer with(double rate, double decay);
}
