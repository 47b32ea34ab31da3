package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.GruCell;
import dev.unroll.kernels.LstmCell;
import dev.unroll.kernels.ResetBeforeGruCell;
import dev.unroll.kernels.RnnCell;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Domain.Range;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One step of each recurrent cell. An input p is the input's part of the gates with the bias, {@code x U + bias}, which
 * is computed for all steps before. Deltas are kept, since the weight gradient of all steps is one product at the end.
 */
public final class CellOps {
    private static final Set<Activation> OF_ALL_NUMBERS = EnumSet.complementOf(EnumSet.of(Activation.LOG));

    private static final Map<Activation, Op> RNN = ActivationOps.forEach(OF_ALL_NUMBERS, CellOps::defineRnn);
    private static final Map<Activation, Op> RNN_SHORTCUT =
            ActivationOps.forEach(OF_ALL_NUMBERS, CellOps::defineRnnShortcut);

    /**
     * {@code (h', c') = LSTM(p, h, c; W)}, for p {@code [b, 4n]} as {@code i f g o}, h {@code [b, m]}, c {@code [b, n]} and
     * W {@code [m, 4n]}; Hochreiter and Schmidhuber 1997 with forget gates (Gers 2000).
     */
    public static final Op LSTM = lstm();

    /**
     * {@code (h', c') = LSTM(p, c)}, for gates p {@code [b, 4n]} as {@code i f g o}, which were computed in another way, and
     * c {@code [b, n]}.
     */
    public static final Op LSTM_GATES = lstmGates();

    /**
     * {@code h' = GRU(p, h; W, bias)}, reset after the product, for p {@code [b, 3n]} as {@code r z n}, h {@code [b, n]},
     * W {@code [n, 3n]} and the bias {@code [n]} of the state's part of the candidate; Cho 2014 in the form of cuDNN.
     */
    public static final Op GRU = gru();

    /**
     * {@code h' = GRU(p, h; W_rz, W_n)}, reset before the product, for p {@code [b, 3n]} as {@code r z n}, h {@code [b, n]},
     * W_rz {@code [n, 2n]} and W_n {@code [n, n]}; Cho 2014.
     */
    public static final Op RESET_BEFORE_GRU = resetBeforeGru();

    private CellOps() {}

    static List<Op> table() {
        return Stream.of(RNN.values(), RNN_SHORTCUT.values(), List.of(LSTM, LSTM_GATES, GRU, RESET_BEFORE_GRU))
                .flatMap(Collection::stream).toList();
    }

    /**
     * Returns the step of a simple recurrent network, {@code h' = f(p + h W)}.
     *
     * @param f a nonlinearity of all real numbers
     * @return an op of p {@code [b, n]}, h {@code [b, m]} and W {@code [m, n]}
     * @throws IllegalArgumentException if the nonlinearity is not defined below 0
     */
    public static Op rnn(Activation f) {
        return checked("rnn", f, RNN);
    }

    /**
     * Returns a step with two products, {@code h' = f(p + z W + h S)}: that of a later layer with a shortcut.
     *
     * @param f a nonlinearity of all real numbers
     * @return an op of p {@code [b, n]}, z {@code [b, k]}, W {@code [k, n]}, h {@code [b, m]} and S {@code [m, n]}
     * @throws IllegalArgumentException if the nonlinearity is not defined below 0
     */
    public static Op rnnShortcut(Activation f) {
        return checked("rnn with shortcut", f, RNN_SHORTCUT);
    }

    private static Op checked(String cell, Activation f, Map<Activation, Op> ops) {
        if (!ops.containsKey(f)) {
            throw new IllegalArgumentException(
                    cell + ": " + f + " is not defined below 0; use one of " + ops.keySet());
        }
        return ops.get(f);
    }

    private static Domain before(Activation f) {
        return Domain.of("b n", f == Activation.RELU ? Range.KINK_INSIDE : Range.REAL);
    }

    private static Op defineRnn(Activation f) {
        OpDefinition op = Op.define("rnn_" + ActivationOps.nameOf(f));
        Op.In p = op.input(before(f));
        Op.In h = op.input("b m");
        Op.In w = op.input("m n");
        Op.Out next = op.output("b n");
        Op.Kept delta = op.keep("b n");
        return op.forward(call -> {
            // 1. h' = h W
            call.multiply(call.value(h), w, 0, call.value(next));
            // 2. h' = f(p + h')
            RnnCell.forward(f, call.value(p), call.value(next), call.pool());
        }).backward(call -> {
            // 1. delta = f'(p + h W) dh'
            RnnCell.backward(f, call.value(next), call.delta(next), call.value(delta), call.pool());
            // 2. dp += delta
            call.addGradient(1, p, call.value(delta));
            // 3. dW += h^T delta, dh += delta W^T
            call.multiplyBack(h, w, call.value(delta));
        }).build();
    }

    private static Op defineRnnShortcut(Activation f) {
        OpDefinition op = Op.define("rnn_shortcut_" + ActivationOps.nameOf(f));
        Op.In p = op.input(before(f));
        Op.In z = op.input("b k");
        Op.In w = op.input("k n");
        Op.In h = op.input("b m");
        Op.In s = op.input("m n");
        Op.Out next = op.output("b n");
        Op.Kept delta = op.keep("b n");
        return op.forward(call -> {
            // 1. h' = z W
            call.multiply(call.value(z), w, 0, call.value(next));
            // 2. h' += h S
            call.multiply(call.value(h), s, 1, call.value(next));
            // 3. h' = f(p + h')
            RnnCell.forward(f, call.value(p), call.value(next), call.pool());
        }).backward(call -> {
            // 1. delta = f'(p + z W + h S) dh'
            RnnCell.backward(f, call.value(next), call.delta(next), call.value(delta), call.pool());
            // 2. dp += delta
            call.addGradient(1, p, call.value(delta));
            // 3. dW += z^T delta, dz += delta W^T
            call.multiplyBack(z, w, call.value(delta));
            // 4. dS += h^T delta, dh += delta S^T
            call.multiplyBack(h, s, call.value(delta));
        }).build();
    }

    private static Op lstm() {
        OpDefinition op = Op.define("lstm");
        Op.In p = op.input("b 4n");
        Op.In h = op.input("b m");
        Op.In c = op.input("b n");
        Op.In w = op.input("m 4n");
        Op.Out nextH = op.output("b n");
        Op.Out nextC = op.output("b n");
        Op.Kept gates = op.keep("b 4n"); // i f g o
        Op.Kept tanhC = op.keep("b n");
        Op.Kept delta = op.keep("b 4n");
        return op.forward(call -> {
            // 1. gates = h W
            call.multiply(call.value(h), w, 0, call.value(gates));
            // 2. i, f, o = sigmoid(p + gates), g = tanh(p + gates), c' = f c + i g, h' = o tanh c'
            LstmCell.forward(
                    call.value(p), call.value(gates), call.value(c), call.value(nextC), call.value(tanhC),
                    call.value(nextH), call.pool());
        }).backward(call -> {
            // 1. delta = the gradient of p + h W, dc += f (dc' + o (1 - tanh^2 c') dh')
            LstmCell.backward(
                    call.value(gates), call.value(c), call.value(tanhC), call.delta(nextH), call.delta(nextC),
                    call.value(delta), call.gradientOrScratch(c), call.pool());
            // 2. dp += delta
            call.addGradient(1, p, call.value(delta));
            // 3. dW += h^T delta, dh += delta W^T
            call.multiplyBack(h, w, call.value(delta));
        }).build();
    }

    private static Op lstmGates() {
        OpDefinition op = Op.define("lstm_gates");
        Op.In p = op.input("b 4n");
        Op.In c = op.input("b n");
        Op.Out nextH = op.output("b n");
        Op.Out nextC = op.output("b n");
        Op.Kept gates = op.keep("b 4n"); // i f g o
        Op.Kept tanhC = op.keep("b n");
        Op.Kept delta = op.keep("b 4n");
        return op.forward(call -> {
            // 1. gates = 0
            call.value(gates).clear();
            // 2. i, f, o = sigmoid(p + gates), g = tanh(p + gates), c' = f c + i g, h' = o tanh c'
            LstmCell.forward(
                    call.value(p), call.value(gates), call.value(c), call.value(nextC), call.value(tanhC),
                    call.value(nextH), call.pool());
        }).backward(call -> {
            // 1. delta = the gradient of p, dc += f (dc' + o (1 - tanh^2 c') dh')
            LstmCell.backward(
                    call.value(gates), call.value(c), call.value(tanhC), call.delta(nextH), call.delta(nextC),
                    call.value(delta), call.gradientOrScratch(c), call.pool());
            // 2. dp += delta
            call.addGradient(1, p, call.value(delta));
        }).build();
    }

    private static Op gru() {
        OpDefinition op = Op.define("gru");
        Op.In p = op.input("b 3n");
        Op.In h = op.input("b n");
        Op.In w = op.input("n 3n");
        Op.In bias = op.input("n"); // of the candidate, inside the reset
        Op.Out nextH = op.output("b n");
        Op.Kept gates = op.keep("b 3n"); // r z n
        Op.Kept q = op.keep("b n");
        Op.Kept delta = op.keep("b 3n"); // of p
        Op.Kept recurrent = op.keep("b 3n"); // delta of h W
        return op.forward(call -> {
            // 1. gates = h W
            call.multiply(call.value(h), w, 0, call.value(gates));
            // 2. r, z = sigmoid(p + gates), q = gates_n + bias, n = tanh(p_n + r q), h' = (1 - z) n + z h
            GruCell.forward(
                    call.value(p), call.value(gates), call.value(bias), call.value(h), call.value(q),
                    call.value(nextH), call.pool());
        }).backward(call -> {
            // 1. delta = the gradient of p, recurrent = that of h W, dh += z dh'
            GruCell.backward(
                    call.value(gates), call.value(h), call.value(q), call.delta(nextH), call.value(delta),
                    call.value(recurrent), call.gradientOrScratch(h), call.pool());
            // 2. dp += delta
            call.addGradient(1, p, call.value(delta));
            // 3. dW += h^T recurrent, dh += recurrent W^T
            call.multiplyBack(h, w, call.value(recurrent));
            // 4. dbias += column sums of recurrent_n
            long n = call.value(h).columns();
            call.addBiasGradient(bias, call.value(recurrent).columns(2 * n, n));
        }).build();
    }

    private static Op resetBeforeGru() {
        OpDefinition op = Op.define("reset_before_gru");
        Op.In p = op.input("b 3n");
        Op.In h = op.input("b n");
        Op.In gateWeights = op.input("n 2n"); // W_rz
        Op.In weights = op.input("n n"); // W_n
        Op.Out nextH = op.output("b n");
        Op.Kept gates = op.keep("b 3n"); // r z n
        Op.Kept s = op.keep("b n");
        Op.Kept delta = op.keep("b 3n"); // of p
        return op.forward(call -> {
            Tensor h0 = call.value(h);
            // 1. gates_rz = h W_rz
            call.multiply(h0, gateWeights, 0, ofGates(call.value(gates)));
            // 2. r, z = sigmoid(p_rz + gates_rz), s = r h
            ResetBeforeGruCell.gates(call.value(p), call.value(gates), h0, call.value(s), call.pool());
            // 3. gates_n = s W_n
            call.multiply(call.value(s), weights, 0, ofCandidate(call.value(gates)));
            // 4. n = tanh(p_n + gates_n), h' = (1 - z) n + z h
            ResetBeforeGruCell.candidate(call.value(p), call.value(gates), h0, call.value(nextH), call.pool());
        }).backward(call -> {
            Tensor h0 = call.value(h);
            Tensor d = call.value(delta);
            Tensor dh = call.gradientOrScratch(h);
            Tensor ds = call.scratch(h0);
            // 1. delta_z, delta_n = the gradients of p_z and p_n, dh += z dh'
            ResetBeforeGruCell.candidateBackward(call.value(gates), h0, call.delta(nextH), d, dh, call.pool());
            // 2. ds = delta_n W_n^T
            call.multiplyTransposed(ofCandidate(d), weights, 0, ds);
            // 3. delta_r = the gradient of p_r, dh += r ds
            ResetBeforeGruCell.gatesBackward(call.value(gates), h0, ds, d, dh, call.pool());
            // 4. dp += delta
            call.addGradient(1, p, d);
            // 5. dW_n += s^T delta_n
            call.addProduct(weights, call.value(s), ofCandidate(d));
            // 6. dW_rz += h^T delta_rz, dh += delta_rz W_rz^T
            call.multiplyBack(h, gateWeights, ofGates(d));
        }).build();
    }

    /** The blocks r and z of {@code r z n}. */
    private static Tensor ofGates(Tensor rzn) {
        return rzn.columns(0, rzn.columns() / 3 * 2);
    }

    /** The block n of {@code r z n}. */
    private static Tensor ofCandidate(Tensor rzn) {
        return rzn.columns(rzn.columns() / 3 * 2, rzn.columns() / 3);
    }
}
