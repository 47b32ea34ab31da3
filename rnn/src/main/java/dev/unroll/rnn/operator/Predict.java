package dev.unroll.rnn.operator;

import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;

/**
 * The operator {@code x' = |> h}: what is predicted from a summary, before the nonlinearity that the loss brings.
 *
 * <p>Many threads may run one, each on a tape of its own, while none changes its parameters: an implementation keeps nothing from call to call.
 */
@FunctionalInterface
public interface Predict {
    /**
     * Predicts for all steps at once.
     *
     * @param tape to compute on
     * @param h {@code [steps * batch, hidden]}
     * @return logits, {@code [steps * batch, outputs]}
     */
    Variable predict(Tape tape, Variable h);
}
