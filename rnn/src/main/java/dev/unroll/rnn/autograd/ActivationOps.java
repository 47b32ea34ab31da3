package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.Activations;
import dev.unroll.rnn.autograd.Domain.Range;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Element-wise nonlinearities.
 *
 * <p>The ops are immutable, and many threads may use them.
 */
public final class ActivationOps {
    private static final Map<Activation, Op> OPS = forEach(EnumSet.allOf(Activation.class), ActivationOps::activate);

    private ActivationOps() {}

    static List<Op> table() {
        return List.copyOf(OPS.values());
    }

    /**
     * {@return the op {@code y = f(x)} of one input {@code [m, n]}, named as the nonlinearity}
     * @param f the nonlinearity
     */
    public static Op of(Activation f) {
        return OPS.get(f);
    }

    private static Op activate(Activation f) {
        Range range = switch (f) {
            case RELU -> Range.KINK_AT_ZERO;
            case LOG -> Range.POSITIVE;
            case SIGMOID, TANH, EXP, SOFTPLUS -> Range.REAL;
        };
        OpDefinition op = Op.define(nameOf(f));
        int x = op.input(Domain.of("m n", range));
        int y = op.output("m n");
        return op.build(
                call -> Activations.forward(f, call.input(x), call.out(y), call.pool()),
                call -> Activations.backward(f, call.out(y), call.delta(y), call.gradient(x), call.pool()));
    }

    static Map<Activation, Op> forEach(Set<Activation> functions, Function<Activation, Op> definition) {
        Map<Activation, Op> ops = new EnumMap<>(Activation.class);
        functions.forEach(f -> ops.put(f, definition.apply(f)));
        return ops;
    }

    static String nameOf(Activation f) {
        return f.name().toLowerCase(Locale.ROOT);
    }
}
