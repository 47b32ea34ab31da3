package dev.unroll.rnn.train;

import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters;

/**
 * Keeps the parameters that the best epoch ended with: that of the lowest validation figure, or of the lowest training
 * loss where nothing is validated. Plain SGD with a large rate is good most of the time but not at every moment; what
 * is used after a training should not depend on the moment it ends at.
 */
public final class BestEpoch implements TrainingListener, AutoCloseable {
    private final Parameters parameters;
    private final Workspace memory = new Workspace("best epoch");
    private final Tensor values;
    private EpochReport best;

    /**
     * A place for the parameters of a model.
     *
     * @param parameters stay the model's
     */
    public BestEpoch(Parameters parameters) {
        this.parameters = parameters;
        Tensor all = parameters.values();
        values = memory.allocate(all.type(), all.shape());
    }

    @Override
    public void onEpoch(EpochReport report) {
        if (best == null || figure(report) < figure(best)) {
            best = report;
            values.copyFrom(parameters.values());
        }
    }

    private static double figure(EpochReport report) {
        return Double.isNaN(report.validation()) ? report.progress().loss() : report.validation();
    }

    /**
     * Puts the kept parameters back into the model.
     *
     * @return the report of their epoch
     * @throws IllegalStateException if no epoch has ended
     */
    public EpochReport restore() {
        if (best == null) {
            throw new IllegalStateException("no epoch has ended yet; there is nothing to restore");
        }
        parameters.values().copyFrom(values);
        parameters.changed();
        return best;
    }

    @Override
    public void close() {
        memory.close();
    }
}
