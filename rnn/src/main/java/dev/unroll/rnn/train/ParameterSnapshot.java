package dev.unroll.rnn.train;

import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import java.io.IOException;

/** A copy of parameters, to which they can go back. */
final class ParameterSnapshot implements Resumable, AutoCloseable {
    private final Parameters parameters;
    private final Workspace memory = new Workspace("kept parameters");
    private final Tensor values;
    private volatile boolean isClosed;

    ParameterSnapshot(Parameters parameters) {
        this.parameters = parameters;
        Tensor all = parameters.values();
        try {
            values = memory.allocate(all.type(), all.shape());
            keep();
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    /** Copies the values that the parameters have now. */
    void keep() {
        requireOpen();
        try (var _ = parameters.hold("keeping parameters")) {
            values.copyFrom(parameters.values());
        }
    }

    /** Moves what is kept towards the values that the parameters have now: a share of the way, 1 for all of it. */
    void approach(double share, WorkerPool pool) {
        try (var _ = parameters.hold("averaging parameters")) {
            Elementwise.lerp(share, values, parameters.values(), values, pool);
        }
    }

    /** Gives the parameters the values that were kept. */
    void restore() {
        requireOpen();
        parameters.write("restoring parameters", all -> all.copyFrom(values));
    }

    @Override
    public void saveState(StateWriter checkpoint) {
        checkpoint.put("values", values);
    }

    @Override
    public void restoreState(StateReader checkpoint) throws IOException {
        checkpoint.read("values", values);
    }

    @Override
    public void close() {
        memory.close();
        isClosed = true;
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException(
                    "the copy of the best parameters is closed; keep and restore them before you close it");
        }
    }
}
