package dev.unroll.rnn.train;

import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.io.JsonObject;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import dev.unroll.rnn.train.Schedule.Validation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** A schedule in a training: what validation gave so far, and the best parameters if the schedule goes back to them. */
final class ScheduledRate implements Resumable, AutoCloseable {
    private static final String VALIDATIONS = "validations";
    private static final String UPDATES = "updates";
    private static final String FIGURE = "figure";
    private static final String BEST = "best";

    private final Parameters parameters;
    private final List<Validation> validations = new ArrayList<>();
    private Schedule schedule = Schedule.constant();
    private ParameterSnapshot best;

    ScheduledRate(Parameters parameters) {
        this.parameters = parameters;
    }

    void follow(Schedule next) {
        schedule = next;
    }

    /** The factor of the next update's rate. */
    double factor(long updates) {
        return schedule.factor(updates, Collections.unmodifiableList(validations));
    }

    static void requireNumber(long updates, double figure) {
        if (Double.isNaN(figure)) {
            throw new ArithmeticException("the validation after update " + updates + " gave NaN; look whether the"
                    + " parameters and the validation data are finite, or lower the learning rate");
        }
    }

    /** Takes a figure; true if it brought back the best parameters. */
    boolean validated(long updates, double figure) {
        requireNumber(updates, figure);
        double before = factor(updates);
        boolean isBest = validations.stream().allMatch(earlier -> figure < earlier.figure());
        validations.add(new Validation(updates, figure));
        if (!schedule.rollsBack()) {
            return false;
        }
        if (isBest) {
            keep();
            return false;
        }
        boolean isRolledBack = best != null && factor(updates) < before;
        if (isRolledBack) {
            best.restore();
        }
        return isRolledBack;
    }

    private void keep() {
        if (best == null) {
            best = new ParameterSnapshot(parameters);
        } else {
            best.keep();
        }
    }

    String description() {
        return schedule.description();
    }

    @Override
    public void saveState(StateWriter checkpoint) {
        checkpoint.put(VALIDATIONS, validations.stream()
                .map(validation -> Map.of(UPDATES, validation.updates(), FIGURE, validation.figure()))
                .toList());
        if (best != null) {
            best.saveState(checkpoint.part(BEST));
        }
    }

    @Override
    public void restoreState(StateReader checkpoint) throws IOException {
        validations.clear();
        for (JsonObject validation : checkpoint.values().objects(VALIDATIONS)) {
            validations.add(
                    new Validation(validation.integer(UPDATES), StateReader.number(validation, FIGURE)));
        }
        if (checkpoint.has(BEST)) {
            keep();
            best.restoreState(checkpoint.part(BEST));
        }
    }

    @Override
    public void close() {
        if (best != null) {
            best.close();
            best = null;
        }
    }
}
