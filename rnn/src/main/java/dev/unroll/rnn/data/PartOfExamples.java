package dev.unroll.rnn.data;

import dev.unroll.rnn.internal.Nulls;
import java.util.Arrays;
import java.util.Objects;

/** Consecutive examples of others. */
record PartOfExamples(Examples whole, int from, int count) implements Examples {
    PartOfExamples {
        if (from < 0 || count < 1 || (long) from + count > whole.count()) {
            throw new IllegalArgumentException("examples " + from + " to " + ((long) from + count - 1)
                    + " are no part of " + whole.count() + " examples; give at least one, within 0 to "
                    + (whole.count() - 1));
        }
    }

    @Override
    public Batch batch(int... examples) {
        Nulls.require("Examples.batch", "examples", examples);
        return whole.batch(Arrays.stream(examples).map(i -> from + Objects.checkIndex(i, count)).toArray());
    }
}
