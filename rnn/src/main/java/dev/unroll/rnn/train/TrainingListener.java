package dev.unroll.rnn.train;

import dev.unroll.rnn.io.JsonObject;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.io.StateReader;
import java.util.LinkedHashMap;
import java.util.Map;

/** Watches a training and may end it. All calls come from the training's own thread. */
public interface TrainingListener {
    /** A listener that does nothing. */
    TrainingListener NONE = new TrainingListener() {};

    /**
     * A step has ended.
     *
     * @param progress so far
     */
    default void onStep(Progress progress) {}

    /**
     * An epoch has ended, and its validation if there is one. The network has the parameters that were validated: where
     * {@linkplain Trainer#average they are averaged} these are the averages, and whatever is done to them here ends with
     * this call.
     *
     * @param report of the epoch
     */
    default void onEpoch(EpochReport report) {}

    /**
     * All listeners have been told of a step or of an epoch, and nothing is half done: the moment to save the state of a
     * training, see {@link Checkpoints}.
     */
    default void onSettled() {}

    /**
     * {@link Trainer#fit} is about to return, at the end of the training or earlier; not called when it throws.
     */
    default void onEnd() {}

    /**
     * Asked after every step and every epoch.
     *
     * @return true to end the training; the parameters stay as they are
     */
    default boolean isCancelled() {
        return false;
    }

    /**
     * This listener and another one: both are told, this one first, and either may end the training.
     *
     * @param other the second
     * @return both as one
     */
    default TrainingListener and(TrainingListener other) {
        TrainingListener first = this;
        return new TrainingListener() {
            @Override
            public void onStep(Progress progress) {
                first.onStep(progress);
                other.onStep(progress);
            }

            @Override
            public void onEpoch(EpochReport report) {
                first.onEpoch(report);
                other.onEpoch(report);
            }

            @Override
            public void onSettled() {
                first.onSettled();
                other.onSettled();
            }

            @Override
            public void onEnd() {
                first.onEnd();
                other.onEnd();
            }

            @Override
            public boolean isCancelled() {
                return first.isCancelled() || other.isCancelled();
            }
        };
    }

    /**
     * Where a training stands.
     *
     * @param epoch the epoch, from 1
     * @param epochs how many in all
     * @param step the step in the epoch, from 1
     * @param steps how many in this epoch
     * @param loss mean of the epoch so far, nats a token
     * @param tokens trained on so far, in all epochs
     * @param seconds of training so far, validation not counted
     */
    record Progress(int epoch, int epochs, int step, int steps, double loss, long tokens, double seconds) {
        /**
         * The speed so far.
         *
         * @return tokens per second
         */
        public double tokensPerSecond() {
            return tokens / seconds;
        }
    }

    /**
     * How an epoch went.
     *
     * @param progress at its end
     * @param validation what the validation gave, NaN without one
     */
    record EpochReport(Progress progress, double validation) {
        /**
         * The perplexity of the epoch's training text, each token predicted before it was trained on.
         *
         * @return {@code e^loss}
         */
        public double perplexity() {
            return StrictMath.exp(progress.loss());
        }

        /** For checkpoints. */
        Map<String, Object> toJson() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("epoch", progress.epoch());
            json.put("epochs", progress.epochs());
            json.put("step", progress.step());
            json.put("steps", progress.steps());
            json.put("loss", progress.loss());
            json.put("tokens", progress.tokens());
            json.put("seconds", progress.seconds());
            json.put("validation", validation);
            return json;
        }

        static EpochReport of(JsonObject json) throws MalformedFileException {
            Progress progress = new Progress(
                    json.integer("epoch", 0, Integer.MAX_VALUE),
                    json.integer("epochs", 0, Integer.MAX_VALUE),
                    json.integer("step", 0, Integer.MAX_VALUE),
                    json.integer("steps", 0, Integer.MAX_VALUE),
                    StateReader.number(json, "loss"),
                    json.integer("tokens"),
                    StateReader.number(json, "seconds"));
            return new EpochReport(progress, StateReader.number(json, "validation"));
        }
    }
}
