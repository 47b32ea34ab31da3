package dev.unroll.bench.cli.common;

import dev.unroll.bench.dataset.PianoRolls;
import dev.unroll.rnn.data.Frames;
import java.util.List;

/** The splits of a piano-roll file. */
public enum Split {
    TRAIN,
    VALID,
    TEST;

    /** The pieces of this split. */
    public List<Frames> of(PianoRolls rolls) {
        return switch (this) {
            case TRAIN -> rolls.train();
            case VALID -> rolls.validation();
            case TEST -> rolls.test();
        };
    }
}
