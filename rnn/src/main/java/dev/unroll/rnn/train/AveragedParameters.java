package dev.unroll.rnn.train;

import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import java.io.IOException;

/**
 * An exponential moving average of parameters over the updates of a training, which they can take on for a while. Off
 * until {@link #begin}.
 */
final class AveragedParameters implements Resumable, AutoCloseable {
    private static final String UPDATES = "updates";

    private final Parameters parameters;
    private double decay = Double.NaN;
    private ParameterSnapshot average;
    private ParameterSnapshot raw;
    private long updates;
    private boolean isInUse;

    AveragedParameters(Parameters parameters) {
        this.parameters = parameters;
    }

    void begin(double newDecay) {
        if (!(newDecay >= 0 && newDecay < 1)) {
            throw new IllegalArgumentException(
                    "the decay of the average must be at least 0 and less than 1, not " + newDecay);
        }
        requireRaw("begin an average");
        keep(); // now, to fail early where there is no memory
        decay = newDecay;
        restart();
    }

    boolean isOn() {
        return !Double.isNaN(decay);
    }

    /** For settings. */
    Double decayOrNull() {
        return isOn() ? decay : null;
    }

    private void keep() {
        if (average == null) {
            average = new ParameterSnapshot(parameters);
        } else {
            average.keep();
        }
    }

    /** The next update is the first of the average. */
    void restart() {
        updates = 0;
    }

    /** Counts the values that an update gave. */
    void update(WorkerPool pool) {
        if (!isOn()) {
            return;
        }
        if (updates == 0) {
            keep();
        } else {
            double own = Math.min(decay, (1.0 + updates) / (10.0 + updates));
            average.approach(1 - own, pool);
        }
        updates++;
    }

    /**
     * Gives the parameters the averages, if there are any yet, until the result is closed. One inside another changes
     * nothing.
     */
    Averaged use() {
        Workspace.Hold hold = parameters.hold("averaged parameters");
        try {
            if (isInUse || updates == 0) {
                return new Averaged(hold, () -> {});
            }
            keepRaw();
            average.restore();
            isInUse = true;
            return new Averaged(hold, this::putBack);
        } catch (Throwable e) {
            hold.close();
            throw e;
        }
    }

    private void keepRaw() {
        if (raw == null) {
            raw = new ParameterSnapshot(parameters);
        } else {
            raw.keep();
        }
    }

    private void putBack() {
        if (isInUse) {
            raw.restore();
            isInUse = false;
        }
    }

    /** Refuses work that needs the parameters themselves while the network has the averages. */
    void requireRaw(String work) {
        if (isInUse) {
            throw new IllegalStateException("cannot " + work + ": the network has the averages of its parameters; do it"
                    + " after averaged() is closed, and not in a validation or in onEpoch");
        }
    }

    @Override
    public void saveState(StateWriter checkpoint) {
        checkpoint.put(UPDATES, updates);
        if (updates > 0) {
            average.saveState(checkpoint);
        }
    }

    @Override
    public void restoreState(StateReader checkpoint) throws IOException {
        updates = checkpoint.values().integer(UPDATES);
        if (updates > 0) {
            keep();
            average.restoreState(checkpoint);
        }
    }

    /** Returns the memory; the next update is the first of the average. */
    @Override
    public void close() {
        putBack();
        restart();
        if (average != null) {
            average.close();
            average = null;
        }
        if (raw != null) {
            raw.close();
            raw = null;
        }
    }
}
