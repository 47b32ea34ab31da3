package dev.unroll.rnn.train;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import java.io.IOException;

/** The state that a network carries from a batch to the next one that continues it. */
final class BatchState implements Resumable, AutoCloseable {
    private static final String SEQUENCES = "sequences";

    private final DeepRnn model;
    private CarriedState state;

    BatchState(DeepRnn model) {
        this.model = model;
    }

    /** What a batch begins with: new sequences, unless it continues the one before. */
    CarriedState before(Batch batch) {
        if (batch.continues() && !model.isCausal()) {
            throw new IllegalArgumentException("a batch cannot go on where another one ended in a network that looks"
                    + " ahead, such as a bidirectional one; give whole sequences");
        }
        if (batch.continues() && state != null && state.batch() != batch.size()) {
            throw new IllegalArgumentException("a batch of " + batch.size() + " sequences cannot go on where one of "
                    + state.batch() + " ended; begin new sequences, or keep the size");
        }
        if (state == null || state.batch() != batch.size()) {
            close();
            state = model.newState(batch.size());
        } else if (!batch.continues()) {
            state.clear();
        }
        return state;
    }

    @Override
    public void saveState(StateWriter checkpoint) {
        checkpoint.put(SEQUENCES, state == null ? 0L : state.batch());
        if (state != null) {
            state.saveState(checkpoint);
        }
    }

    @Override
    public void restoreState(StateReader checkpoint) throws IOException {
        int sequences = checkpoint.values().integer(SEQUENCES, 0, Integer.MAX_VALUE);
        close();
        if (sequences > 0) {
            state = model.newState(sequences);
            state.restoreState(checkpoint);
        }
    }

    /** A batch after this begins new sequences. */
    @Override
    public void close() {
        if (state != null) {
            state.close();
            state = null;
        }
    }
}
