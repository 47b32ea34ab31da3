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
 *
 * <p>The ops are immutable, and many threads may use them.
 */
public final class CellOps {
    private static final Set<Activation> OF_ALL_NUMBERS = EnumSet.complementOf(EnumSet.of(Activation.LOG));

    private static final Map<Activation, Op> RNN = ActivationOps.forEach(OF_ALL_NUMBERS, CellOps::defineRnn);
    private static final Map<Activation, Op> RNN_SHORTCUT =
            ActivationOps.forEach(OF_ALL_NUMBERS, CellOps::defineRnnShortcut);

    /**
     * {@code (h', c') = LSTM(p, h, c; W)}, for p {@code [b, 4n]} as {@code i f g o}, h {@code [b, m]}, c {@code [b, n]}
     * and W {@code [m, 4n]}; Hochreiter and Schmidhuber 1997 with forget gates (Gers 2000).
     */
    public static final Op LSTM = lstm();

    /**
     * {@code (h', c') = LSTM(p, c)}, for gates p {@code [b, 4n]} as {@code i f g o}, which were computed in another
     * way, and c {@code [b, n]}.
     */
    public static final Op LSTM_GATES = lstmGates();

    /**
     * {@code h' = GRU(p, h; W, bias)}, reset after the product, for p {@code [b, 3n]} as {@code r z n}, h {@code [b,
     * n]}, W {@code [n, 3n]} and the bias {@code [n]} of the state's part of the candidate; Cho 2014 in the form of
     * cuDNN.
     */
    public static final Op GRU = gru();

    /**
     * {@code h' = GRU(p, h; W_rz, W_n)}, reset before the product, for p {@code [b, 3n]} as {@code r z n}, h {@code [b,
     * n]}, W_rz {@code [n, 2n]} and W_n {@code [n, n]}; Cho 2014.
     */
    public static final Op RESET_BEFORE_GRU = resetBeforeGru();

    private CellOps() {}

    static List<Op> table() {
        return Stream.of(RNN.values(), RNN_SHORTCUT.values(), List.of(LSTM, LSTM_GATES, GRU, RESET_BEFORE_GRU))
                .flatMap(Collection::stream).toList();
    }

    /**
     * {@return the step {@code h' = f(p + h W)} of a simple network, for p {@code [b, n]}, h {@code [b, m]} and
     * W {@code [m, n]}}
     * @param f a nonlinearity of all real numbers, others are refused
     */
    public static Op rnn(Activation f) {
        return checked("rnn", f, RNN);
    }

    /**
     * {@return the step {@code h' = f(p + z W + h S)} of a later layer with a shortcut, for p {@code [b, n]}, z
     * {@code [b, k]}, W {@code [k, n]}, h {@code [b, m]} and S {@code [m, n]}}
     * @param f a nonlinearity of all real numbers, others are refused
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
        int p = op.input(before(f));
        int h = op.input("b m");
        int w = op.input("m n");
        int next = op.output("b n");
        int delta = op.keep("b n");
        return op.build(call -> {
            // 1. h' = h W
            call.multiply(call.input(h), w, 0, call.out(next));
            // 2. h' = f(p + h')
            RnnCell.forward(f, call.input(p), call.out(next), call.pool());
        }, call -> {
            // 1. delta = f'(p + h W) dh'
            RnnCell.backward(f, call.out(next), call.delta(next), call.kept(delta), call.pool());
            // 2. dp += delta
            call.addGradient(1, p, call.kept(delta));
            // 3. dW += h^T delta, dh += delta W^T
            call.multiplyBack(h, w, call.kept(delta));
        });
    }

    private static Op defineRnnShortcut(Activation f) {
        OpDefinition op = Op.define("rnn_shortcut_" + ActivationOps.nameOf(f));
        int p = op.input(before(f));
        int z = op.input("b k");
        int w = op.input("k n");
        int h = op.input("b m");
        int s = op.input("m n");
        int next = op.output("b n");
        int delta = op.keep("b n");
        return op.build(call -> {
            // 1. h' = z W
            call.multiply(call.input(z), w, 0, call.out(next));
            // 2. h' += h S
            call.multiply(call.input(h), s, 1, call.out(next));
            // 3. h' = f(p + h')
            RnnCell.forward(f, call.input(p), call.out(next), call.pool());
        }, call -> {
            // 1. delta = f'(p + z W + h S) dh'
            RnnCell.backward(f, call.out(next), call.delta(next), call.kept(delta), call.pool());
            // 2. dp += delta
            call.addGradient(1, p, call.kept(delta));
            // 3. dW += z^T delta, dz += delta W^T
            call.multiplyBack(z, w, call.kept(delta));
            // 4. dS += h^T delta, dh += delta S^T
            call.multiplyBack(h, s, call.kept(delta));
        });
    }

    private static Op lstm() {
        OpDefinition op = Op.define("lstm");
        int p = op.input("b 4n");
        int h = op.input("b m");
        int c = op.input("b n");
        int w = op.input("m 4n");
        int nextH = op.output("b n");
        int nextC = op.output("b n");
        int gates = op.keep("b 4n"); // i f g o
        int tanhC = op.keep("b n");
        int delta = op.keep("b 4n");
        return op.build(call -> {
            // 1. gates = h W
            call.multiply(call.input(h), w, 0, call.kept(gates));
            // 2. i, f, o = sigmoid(p + gates), g = tanh(p + gates), c' = f c + i g, h' = o tanh c'
            LstmCell.forward(
                    call.input(p), call.kept(gates), call.input(c), call.out(nextC), call.kept(tanhC),
                    call.out(nextH), call.pool());
        }, call -> {
            // 1. delta = the gradient of p + h W, dc += f (dc' + o (1 - tanh^2 c') dh')
            LstmCell.backward(
                    call.kept(gates), call.input(c), call.kept(tanhC), call.delta(nextH), call.delta(nextC),
                    call.kept(delta), call.gradientOrScratch(c), call.pool());
            // 2. dp += delta
            call.addGradient(1, p, call.kept(delta));
            // 3. dW += h^T delta, dh += delta W^T
            call.multiplyBack(h, w, call.kept(delta));
        });
    }

    private static Op lstmGates() {
        OpDefinition op = Op.define("lstm_gates");
        int p = op.input("b 4n");
        int c = op.input("b n");
        int nextH = op.output("b n");
        int nextC = op.output("b n");
        int gates = op.keep("b 4n"); // i f g o
        int tanhC = op.keep("b n");
        int delta = op.keep("b 4n");
        return op.build(call -> {
            // 1. gates = 0
            call.kept(gates).clear();
            // 2. i, f, o = sigmoid(p + gates), g = tanh(p + gates), c' = f c + i g, h' = o tanh c'
            LstmCell.forward(
                    call.input(p), call.kept(gates), call.input(c), call.out(nextC), call.kept(tanhC),
                    call.out(nextH), call.pool());
        }, call -> {
            // 1. delta = the gradient of p, dc += f (dc' + o (1 - tanh^2 c') dh')
            LstmCell.backward(
                    call.kept(gates), call.input(c), call.kept(tanhC), call.delta(nextH), call.delta(nextC),
                    call.kept(delta), call.gradientOrScratch(c), call.pool());
            // 2. dp += delta
            call.addGradient(1, p, call.kept(delta));
        });
    }

    private static Op gru() {
        OpDefinition op = Op.define("gru");
        int p = op.input("b 3n");
        int h = op.input("b n");
        int w = op.input("n 3n");
        int bias = op.input("n"); // of the candidate, inside the reset
        int nextH = op.output("b n");
        int gates = op.keep("b 3n"); // r z n
        int q = op.keep("b n");
        int delta = op.keep("b 3n"); // of p
        int recurrent = op.keep("b 3n"); // delta of h W
        return op.build(call -> {
            // 1. gates = h W
            call.multiply(call.input(h), w, 0, call.kept(gates));
            // 2. r, z = sigmoid(p + gates), q = gates_n + bias, n = tanh(p_n + r q), h' = (1 - z) n + z h
            GruCell.forward(
                    call.input(p), call.kept(gates), call.input(bias), call.input(h), call.kept(q),
                    call.out(nextH), call.pool());
        }, call -> {
            // 1. delta = the gradient of p, recurrent = that of h W, dh += z dh'
            GruCell.backward(
                    call.kept(gates), call.input(h), call.kept(q), call.delta(nextH), call.kept(delta),
                    call.kept(recurrent), call.gradientOrScratch(h), call.pool());
            // 2. dp += delta
            call.addGradient(1, p, call.kept(delta));
            // 3. dW += h^T recurrent, dh += recurrent W^T
            call.multiplyBack(h, w, call.kept(recurrent));
            // 4. dbias += column sums of recurrent_n
            long n = call.input(h).columns();
            call.addBiasGradient(bias, call.columns(call.kept(recurrent), 2 * n, n));
        });
    }

    private static Op resetBeforeGru() {
        OpDefinition op = Op.define("reset_before_gru");
        int p = op.input("b 3n");
        int h = op.input("b n");
        int gateWeights = op.input("n 2n"); // W_rz
        int weights = op.input("n n"); // W_n
        int nextH = op.output("b n");
        int gates = op.keep("b 3n"); // r z n
        int s = op.keep("b n");
        int delta = op.keep("b 3n"); // of p
        return op.build(call -> {
            Tensor h0 = call.input(h);
            // 1. gates_rz = h W_rz
            call.multiply(h0, gateWeights, 0, ofGates(call, call.kept(gates)));
            // 2. r, z = sigmoid(p_rz + gates_rz), s = r h
            ResetBeforeGruCell.gates(call.input(p), call.kept(gates), h0, call.kept(s), call.pool());
            // 3. gates_n = s W_n
            call.multiply(call.kept(s), weights, 0, ofCandidate(call, call.kept(gates)));
            // 4. n = tanh(p_n + gates_n), h' = (1 - z) n + z h
            ResetBeforeGruCell.candidate(call.input(p), call.kept(gates), h0, call.out(nextH), call.pool());
        }, call -> {
            Tensor h0 = call.input(h);
            Tensor d = call.kept(delta);
            Tensor dh = call.gradientOrScratch(h);
            Tensor ds = call.scratch(h0);
            // 1. delta_z, delta_n = the gradients of p_z and p_n, dh += z dh'
            ResetBeforeGruCell.candidateBackward(call.kept(gates), h0, call.delta(nextH), d, dh, call.pool());
            // 2. ds = delta_n W_n^T
            call.multiplyTransposed(ofCandidate(call, d), weights, 0, ds);
            // 3. delta_r = the gradient of p_r, dh += r ds
            ResetBeforeGruCell.gatesBackward(call.kept(gates), h0, ds, d, dh, call.pool());
            // 4. dp += delta
            call.addGradient(1, p, d);
            // 5. dW_n += s^T delta_n
            call.addProduct(weights, call.kept(s), ofCandidate(call, d));
            // 6. dW_rz += h^T delta_rz, dh += delta_rz W_rz^T
            call.multiplyBack(h, gateWeights, ofGates(call, d));
        });
    }

    /** The blocks r and z of {@code r z n}. */
    private static Tensor ofGates(Call call, Tensor rzn) {
        return call.columns(rzn, 0, rzn.columns() / 3 * 2);
    }

    /** The block n of {@code r z n}. */
    private static Tensor ofCandidate(Call call, Tensor rzn) {
        return call.columns(rzn, rzn.columns() / 3 * 2, rzn.columns() / 3);
    }
}
