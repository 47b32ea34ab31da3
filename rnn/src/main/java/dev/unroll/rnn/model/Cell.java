package dev.unroll.rnn.model;

import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.operator.GruPlus;
import dev.unroll.rnn.operator.LstmPlus;
import dev.unroll.rnn.operator.Plus;
import dev.unroll.rnn.operator.RnnPlus;

/** The cells that a stack is built of. */
public enum Cell {
    /** The simple recurrent network with tanh. */
    RNN {
        @Override
        Plus layer(Parameters parameters, String name, int inputs, int hidden) {
            return new RnnPlus(parameters, name, Activation.TANH, inputs, hidden);
        }
    },
    /** The GRU, reset after the product. */
    GRU {
        @Override
        Plus layer(Parameters parameters, String name, int inputs, int hidden) {
            return new GruPlus(parameters, name, inputs, hidden);
        }
    },
    /** The LSTM with forget gates. */
    LSTM {
        @Override
        Plus layer(Parameters parameters, String name, int inputs, int hidden) {
            return new LstmPlus(parameters, name, inputs, hidden);
        }
    };

    abstract Plus layer(Parameters parameters, String name, int inputs, int hidden);
}
