package dev.unroll.rnn.model;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;

/** A loss with the name that checkpoints compare. */
record NamedLoss(String name, Loss loss) implements Loss {
    @Override
    public Variable of(Tape tape, Variable outputs, Variable targets, Variable weights) {
        return loss.of(tape, outputs, targets, weights);
    }

    @Override
    public String toString() {
        return name;
    }
}
