package dev.unroll.kernels;

import java.util.List;

/** Every rule of updates, for tables of tests. */
public final class Rules {
    /** One of each, and both kinds of momentum. */
    public static final List<UpdateRule> ALL = List.of(
            new UpdateRule.Sgd(),
            new UpdateRule.Momentum(0.9, false),
            new UpdateRule.Momentum(0.8, true),
            new UpdateRule.RmsProp(0.9, 1e-3),
            new UpdateRule.Adadelta(0.9, 1e-3),
            new UpdateRule.Adam(0.9, 0.99, 1e-3));

    private Rules() {}
}
