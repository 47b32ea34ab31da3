package dev.unroll.bench.cli;

import dev.unroll.bench.dataset.PianoRolls;
import dev.unroll.rnn.data.Frames;
import java.util.List;

/** The splits of a piano-roll file. */
enum Split {
    TRAIN,
    VALID,
    TEST;

    /** The pieces of this split. */
    List<Frames> of(PianoRolls rolls) {
        return switch (this) {
            case TRAIN -> rolls.train();
            case VALID -> rolls.validation();
            case TEST -> rolls.test();
        };
    }
}
