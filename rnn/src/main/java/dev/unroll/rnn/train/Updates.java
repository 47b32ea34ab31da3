package dev.unroll.rnn.train;

import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Optimizer;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The updates of a training: clips, scales by the schedule, applies the optimizer, averages and counts. */
final class Updates implements Resumable {
    private final DeepRnn network;
    private final Optimizer optimizer;
    private final Clip clip;
    private final ScheduledRate scheduled;
    private final AveragedParameters average;
    private double multiplier = 1;
    private long count;

    Updates(DeepRnn network, Optimizer optimizer, Clip clip, ScheduledRate scheduled, AveragedParameters average) {
        this.network = network;
        this.optimizer = optimizer;
        this.clip = clip;
        this.scheduled = scheduled;
        this.average = average;
    }

    /** How many were made, those before a checkpoint included. */
    long count() {
        return count;
    }

    /** Sets a factor of the rate, besides that of the schedule. */
    void multiplyRate(double factor) {
        multiplier = factor;
    }

    void apply() {
        Parameters parameters = network.parameters();
        double norm = parameters.gradientNorm(network.pool());
        if (!Double.isFinite(norm)) {
            throw Divergence.ofGradients(norm, count + 1, parameters);
        }
        double rate = multiplier * scheduled.factor(count);
        optimizer.update(parameters, clip.factors(norm).withRate(rate), network.pool());
        average.update(network.pool());
        count++;
    }

    /** Returns the settings that must be the same where a checkpoint is resumed. */
    Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("network", describedNetwork());
        settings.put("type", network.type().name());
        settings.put("optimizer", optimizer.description());
        settings.put("clip", clip.toString());
        settings.put("schedule", scheduled.description());
        settings.put("average", average.decayOrNull());
        return settings;
    }

    private String describedNetwork() {
        try {
            return network.spec().toString();
        } catch (IllegalStateException e) { // of user-defined layers: their parameters are compared all the same
            return "own";
        }
    }

    @Override
    public void saveState(StateWriter checkpoint) {
        checkpoint.put("updates", count).put("rate", multiplier);
        network.parameters().saveState(checkpoint.part("network"));
        optimizer.saveState(network.parameters(), checkpoint.part("optimizer"));
        scheduled.saveState(checkpoint.part("schedule"));
        if (average.isOn()) {
            average.saveState(checkpoint.part("average"));
        }
    }

    @Override
    public void restoreState(StateReader checkpoint) throws IOException {
        network.parameters().restoreState(checkpoint.part("network"));
        optimizer.restoreState(network.parameters(), checkpoint.part("optimizer"));
        scheduled.restoreState(checkpoint.part("schedule"));
        if (average.isOn()) {
            average.restoreState(checkpoint.part("average"));
        }
        count = checkpoint.values().integer("updates");
        multiplier = checkpoint.number("rate");
    }
}
