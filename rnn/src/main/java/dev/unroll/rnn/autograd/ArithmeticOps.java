package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.Activations;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Embedding;
import dev.unroll.kernels.Epilogue;
import dev.unroll.kernels.GruCell;
import dev.unroll.kernels.LstmCell;
import dev.unroll.kernels.RnnCell;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Domain.Values;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The table of ops: every op of this library as a pair of rules over kernels. A rule adds to gradients and never sets
 * them, since a variable may be used more than once.
 */
public final class Ops {
    private static final List<Op> TABLE = new ArrayList<>();

    /** {@code c = a + b}. */
    public static final Op ADD = op(
            "add",
            List.of(Domain.real("m n"), Domain.real("m n")),
            call -> {
                Tensor a = call.in(0);
                Elementwise.add(a, call.in(1), call.output(a.rows(), a.columns()), call.pool());
            },
            call -> {
                for (int i = 0; i < 2; i++) {
                    if (call.wants(i)) {
                        Elementwise.axpy(1, call.delta(0), call.gradient(i), call.pool());
                    }
                }
            });

    /** {@code c = a b}, element by element. */
    public static final Op MULTIPLY = op(
            "multiply",
            List.of(Domain.real("m n"), Domain.real("m n")),
            call -> {
                Tensor a = call.in(0);
                Elementwise.multiply(a, call.in(1), call.output(a.rows(), a.columns()), call.pool());
            },
            call -> {
                for (int i = 0; i < 2; i++) {
                    if (call.wants(i)) {
                        Elementwise.multiplyAdd(call.delta(0), call.in(1 - i), call.gradient(i), call.pool());
                    }
                }
            });

    /** {@code y[i] = x[i] + row}. */
    public static final Op ADD_ROW = op(
            "add_row",
            List.of(Domain.real("m n"), Domain.real("n")),
            call -> {
                Tensor x = call.in(0);
                Tensor y = call.output(x.rows(), x.columns());
                Elementwise.copyToRows(call.in(1), y, call.pool());
                Elementwise.axpy(1, x, y, call.pool());
            },
            call -> {
                if (call.wants(0)) {
                    Elementwise.axpy(1, call.delta(0), call.gradient(0), call.pool());
                }
                addBiasGradient(call, 1, call.delta(0));
            });

    /** {@code y = x W}. */
    public static final Op MATMUL = op(
            "matmul",
            List.of(Domain.real("m k"), Domain.real("k n")),
            call -> {
                Tensor x = call.in(0);
                call.multiply(x, 1, 0, call.output(x.rows(), call.in(1).columns()));
            },
            call -> call.multiplyBack(call.in(0), 0, 1, call.delta(0)));

    /** {@code y = x W^T}. */
    public static final Op MATMUL_TRANSPOSED = op(
            "matmul_transposed",
            List.of(Domain.real("m k"), Domain.real("n k")),
            call -> {
                Tensor x = call.in(0);
                call.multiplyTransposed(x, 1, 0, call.output(x.rows(), call.in(1).rows()));
            },
            call -> {
                Tensor delta = call.delta(0);
                if (call.wants(1)) {
                    call.addProduct(1, delta, call.in(0));
                }
                if (call.wants(0)) {
                    call.multiply(delta, 1, 1, call.gradient(0));
                }
            });

    /** {@code y = x W + b}. */
    public static final Op AFFINE = op(
            "affine",
            List.of(Domain.real("m k"), Domain.real("k n"), Domain.real("n")),
            call -> {
                Tensor x = call.in(0);
                Tensor y = call.output(x.rows(), call.in(1).columns());
                call.multiply(x, 1, 0, y, Epilogue.bias(call.in(2)));
            },
            call -> {
                call.multiplyBack(call.in(0), 0, 1, call.delta(0));
                addBiasGradient(call, 2, call.delta(0));
            });

    /** {@code y = f(x)} for every nonlinearity. */
    public static final Map<Activation, Op> ACTIVATE = forEach(EnumSet.allOf(Activation.class), Ops::activate);

    /** {@code y[i] = table[id_i]}. */
    public static final Op LOOKUP = op(
            "lookup",
            List.of(Domain.ids("m", "v"), Domain.real("v n")),
            call -> {
                Tensor ids = call.in(0);
                Tensor table = call.in(1);
                Embedding.lookup(ids, table, call.output(ids.size(), table.columns()), call.pool());
            },
            call -> Embedding.scatterAdd(call.in(0), call.delta(0), call.gradient(1), call.pool()));

    /** {@code h' = f(p + h W)} for every nonlinearity of all real numbers. */
    public static final Map<Activation, Op> RNN = forEach(EnumSet.complementOf(EnumSet.of(Activation.LOG)), Ops::rnn);

    /** {@code (h', c') = LSTM(p, h, c; W)}; Hochreiter and Schmidhuber 1997 with forget gates (Gers 2000). */
    public static final Op LSTM = op(
            "lstm",
            List.of(Domain.real("b 4n"), Domain.real("b m"), Domain.real("b n"), Domain.real("m 4n")),
            call -> {
                Tensor h = call.in(1);
                long rows = h.rows();
                long hidden = call.in(2).columns();
                Tensor nextH = call.output(rows, hidden);
                Tensor nextC = call.output(rows, hidden);
                Tensor gates = call.keep(rows, 4 * hidden);
                Tensor tanhC = call.keep(rows, hidden);
                call.keep(rows, 4 * hidden); // delta: kept until the weight gradient of all steps is made
                call.multiply(h, 3, 0, gates);
                LstmCell.forward(call.in(0), gates, call.in(2), nextC, tanhC, nextH, call.pool());
            },
            call -> {
                Tensor delta = call.kept(2);
                Tensor dc = call.wants(2) ? call.gradient(2) : call.scratch(call.in(2));
                LstmCell.backward(
                        call.kept(0), call.in(2), call.kept(1), call.delta(0), call.delta(1), delta, dc, call.pool());
                if (call.wants(0)) {
                    Elementwise.axpy(1, delta, call.gradient(0), call.pool());
                }
                call.multiplyBack(call.in(1), 1, 3, delta);
            });

    /** {@code h' = GRU(p, h; W, bias)}, reset after the product; Cho 2014 in the form of cuDNN. */
    public static final Op GRU = op(
            "gru",
            List.of(Domain.real("b 3n"), Domain.real("b n"), Domain.real("n 3n"), Domain.real("n")),
            call -> {
                Tensor h = call.in(1);
                long rows = h.rows();
                long hidden = h.columns();
                Tensor nextH = call.output(rows, hidden);
                Tensor gates = call.keep(rows, 3 * hidden);
                Tensor q = call.keep(rows, hidden);
                call.keep(rows, 3 * hidden); // delta of p
                call.keep(rows, 3 * hidden); // delta of h W
                call.multiply(h, 2, 0, gates);
                GruCell.forward(call.in(0), gates, call.in(3), h, q, nextH, call.pool());
            },
            call -> {
                Tensor h = call.in(1);
                Tensor delta = call.kept(2);
                Tensor recurrent = call.kept(3);
                Tensor dh = call.wants(1) ? call.gradient(1) : call.scratch(h);
                GruCell.backward(call.kept(0), h, call.kept(1), call.delta(0), delta, recurrent, dh, call.pool());
                if (call.wants(0)) {
                    Elementwise.axpy(1, delta, call.gradient(0), call.pool());
                }
                call.multiplyBack(h, 1, 2, recurrent);
                long hidden = h.columns();
                addBiasGradient(call, 3, recurrent.columns(2 * hidden, hidden));
            });

    /** {@code h' = f(p + z W + h S)} for every nonlinearity: a later layer of a transition with shortcuts. */
    public static final Map<Activation, Op> RNN_SHORTCUT =
            forEach(EnumSet.complementOf(EnumSet.of(Activation.LOG)), Ops::rnnShortcut);

    /** {@code (h', c') = LSTM(p, c)}: the pass alone, for gates that are made in another way. */
    public static final Op LSTM_GATES = op(
            "lstm_gates",
            List.of(Domain.real("b 4n"), Domain.real("b n")),
            call -> {
                Tensor c = call.in(1);
                Tensor nextH = call.output(c.rows(), c.columns());
                Tensor nextC = call.output(c.rows(), c.columns());
                Tensor gates = call.keep(c.rows(), 4 * c.columns());
                Tensor tanhC = call.keep(c.rows(), c.columns());
                call.keep(c.rows(), 4 * c.columns()); // delta
                gates.clear();
                LstmCell.forward(call.in(0), gates, c, nextC, tanhC, nextH, call.pool());
            },
            call -> {
                Tensor delta = call.kept(2);
                Tensor dc = call.wants(1) ? call.gradient(1) : call.scratch(call.in(1));
                LstmCell.backward(
                        call.kept(0), call.in(1), call.kept(1), call.delta(0), call.delta(1), delta, dc, call.pool());
                if (call.wants(0)) {
                    Elementwise.axpy(1, delta, call.gradient(0), call.pool());
                }
            });

    static {
        TABLE.add(combine(0.75, -1.5));
    }

    private Ops() {}

    /**
     * All ops, also those of {@link CellOps}, {@link UnitOps}, {@link LossOps} and {@link RandomOps}.
     *
     * @return an unmodifiable list
     */
    public static List<Op> table() {
        return Stream.of(TABLE, RowOps.table(), CellOps.table(), UnitOps.table(), LossOps.table(), RandomOps.table())
                .flatMap(List::stream).toList();
    }

    /**
     * {@code y = alpha a + beta b}.
     *
     * @param alpha any number
     * @param beta any number
     * @return an op of two inputs, named {@code combine(alpha, beta)}
     */
    public static Op combine(double alpha, double beta) {
        double[] factors = {alpha, beta};
        return new Op(
                "combine(" + alpha + ", " + beta + ")",
                List.of(Domain.real("m n"), Domain.real("m n")),
                call -> {
                    Tensor y = call.output(call.in(0).rows(), call.in(0).columns()).copyFrom(call.in(0));
                    Elementwise.scale(alpha, y, call.pool());
                    Elementwise.axpy(beta, call.in(1), y, call.pool());
                },
                call -> {
                    for (int i = 0; i < 2; i++) {
                        if (call.wants(i)) {
                            Elementwise.axpy(factors[i], call.delta(0), call.gradient(i), call.pool());
                        }
                    }
                });
    }

    private static Op activate(Activation f) {
        Values values = switch (f) {
            case RELU -> Values.KINK_AT_ZERO;
            case LOG -> Values.POSITIVE;
            case SIGMOID, TANH, EXP, SOFTPLUS -> Values.REAL;
        };
        return op(
                nameOf(f),
                List.of(Domain.of("m n", values)),
                call -> {
                    Tensor x = call.in(0);
                    Activations.forward(f, x, call.output(x.rows(), x.columns()), call.pool());
                },
                call -> Activations.backward(f, call.out(0), call.delta(0), call.gradient(0), call.pool()));
    }

    private static Op rnn(Activation f) {
        Values values = f == Activation.RELU ? Values.KINK_INSIDE : Values.REAL;
        return op(
                "rnn_" + nameOf(f),
                List.of(Domain.of("b n", values), Domain.real("b m"), Domain.real("m n")),
                call -> {
                    Tensor next = call.output(call.in(0).rows(), call.in(0).columns());
                    call.keep(next.rows(), next.columns()); // delta: kept until the weight gradient of all steps is made
                    call.multiply(call.in(1), 2, 0, next);
                    RnnCell.forward(f, call.in(0), next, call.pool());
                },
                call -> {
                    Tensor delta = call.kept(0);
                    RnnCell.backward(f, call.out(0), call.delta(0), delta, call.pool());
                    if (call.wants(0)) {
                        Elementwise.axpy(1, delta, call.gradient(0), call.pool());
                    }
                    call.multiplyBack(call.in(1), 1, 2, delta);
                });
    }

    private static Op rnnShortcut(Activation f) {
        Values values = f == Activation.RELU ? Values.KINK_INSIDE : Values.REAL;
        return op(
                "rnn_shortcut_" + nameOf(f),
                List.of(Domain.of("b n", values), Domain.real("b k"), Domain.real("k n"),
                        Domain.real("b m"), Domain.real("m n")),
                call -> {
                    Tensor next = call.output(call.in(0).rows(), call.in(0).columns());
                    call.keep(next.rows(), next.columns()); // delta: kept until the weight gradient of all steps is made
                    call.multiply(call.in(1), 2, 0, next);
                    call.multiply(call.in(3), 4, 1, next);
                    RnnCell.forward(f, call.in(0), next, call.pool());
                },
                call -> {
                    Tensor delta = call.kept(0);
                    RnnCell.backward(f, call.out(0), call.delta(0), delta, call.pool());
                    if (call.wants(0)) {
                        Elementwise.axpy(1, delta, call.gradient(0), call.pool());
                    }
                    call.multiplyBack(call.in(1), 1, 2, delta);
                    call.multiplyBack(call.in(3), 3, 4, delta);
                });
    }

    private static void addBiasGradient(Call call, int bias, Tensor delta) {
        if (call.wants(bias)) {
            Elementwise.addColumnSums(delta, call.gradient(bias), call.pool());
        }
    }

    private static Map<Activation, Op> forEach(Set<Activation> functions, Function<Activation, Op> make) {
        Map<Activation, Op> ops = new EnumMap<>(Activation.class);
        for (Activation f : functions) {
            ops.put(f, make.apply(f));
        }
        return Collections.unmodifiableMap(ops);
    }

    private static String nameOf(Activation f) {
        return f.name().toLowerCase(Locale.ROOT);
    }

    private static Op op(String name, List<Domain> domain, Op.Rule forward, Op.Rule backward) {
        Op op = new Op(name, domain, forward, backward);
        TABLE.add(op);
        return op;
    }
}
