package dev.unroll.bench.music;

import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Makes music with a network of piano-rolls: from every frame it predicts the next one, in which each note is drawn by
 * itself, from its own probability.
 *
 * @param network with 88 inputs and 88 outputs, the logits of the notes; not closed
 */
public record MusicSampler(DeepRnn network) {
    /** The longest piece: what is written of it stays small, and eight hours are enough. */
    public static final int MAX_FRAMES = 100_000;

    /** Given frames that are read at once: they take little memory. */
    private static final int STEPS = 256;

    /** Checks that the network predicts music. */
    public MusicSampler {
        requireMusic(network);
    }

    /**
     * Refuses a network that does not predict the frames of a piano-roll.
     *
     * @param network of any kind
     * @throws IllegalArgumentException if its sizes are not 88, or it looks ahead
     */
    public static void requireMusic(DeepRnn network) {
        if (network.inputs() != Notes.COUNT || network.outputs() != Notes.COUNT) {
            throw new IllegalArgumentException("this model has " + network.inputs() + " inputs and "
                    + network.outputs() + " outputs, but a frame has " + Notes.COUNT
                    + " notes; give one that was trained on piano-rolls");
        }
        if (!network.isCausal()) {
            throw new IllegalArgumentException(
                    "a network that looks ahead, such as by a bidirectional layer, sees the frame"
                            + " that it is to predict; use one that does not");
        }
    }

    /**
     * Makes a piece. Its bits depend on the arguments and the network alone, not on its threads.
     *
     * @param beginning the first frames, of 88 columns; none to have the network begin after a frame of silence, which
     *     is not part of the piece
     * @param length how many frames to add, at least 1
     * @param temperature that logits are divided by: 1 leaves the probabilities as they are, below it likely notes gain
     * @param seed of the draws
     * @return the beginning and what was added
     * @throws IllegalArgumentException if the piece is empty or longer than {@link #MAX_FRAMES}, or the temperature is
     *     no positive number
     * @throws ArithmeticException if a logit is not finite
     * @throws IllegalStateException if the network is closed, or another thread uses it
     */
    public Piece sample(Frames beginning, int length, double temperature, long seed) {
        Piece.requireNotes(beginning);
        if (length < 1 || length > MAX_FRAMES - beginning.count()) {
            throw new IllegalArgumentException("a piece of " + beginning.count() + " given frames and " + length
                    + " more cannot be made; expected at least 1 more and at most " + MAX_FRAMES + " in all");
        }
        if (!(temperature > 0) || Double.isInfinite(temperature)) {
            throw new IllegalArgumentException("the temperature must be a positive number, not " + temperature);
        }
        RandomGenerator random = Randoms.of(seed);
        int given = beginning.count();
        float[] frames = Arrays.copyOf(beginning.toFloats(), (given + length) * Notes.COUNT);
        try (var _ = network.read("making music");
                CarriedState state = network.newState(1)) {
            float[] logits = read(given == 0 ? silence() : beginning, state);
            for (int t = given; t < given + length; t++) {
                if (t > given) {
                    logits = network.predict(state, frame(frames, t - 1)).toFloats();
                }
                draw(logits, temperature, random, frames, t);
            }
        }
        return new Piece(new Frames(Notes.COUNT, frames), given);
    }

    private static Frames silence() {
        return new Frames(Notes.COUNT, new float[Notes.COUNT]);
    }

    private static Frames frame(float[] frames, int t) {
        return new Frames(Notes.COUNT, Arrays.copyOfRange(frames, t * Notes.COUNT, (t + 1) * Notes.COUNT));
    }

    /** The logits after the last frame. */
    private float[] read(Frames given, CarriedState state) {
        float[] last = null;
        for (int from = 0; from < given.count(); from += STEPS) {
            int to = Math.min(from + STEPS, given.count());
            Frames logits = network.predict(state, given.frames(from, to - from));
            last = logits.frames(to - from - 1, 1).toFloats();
        }
        return last;
    }

    /** One number is drawn for each note, whatever its probability: a note changes no other note's number. */
    private static void draw(
            float[] logits, double temperature, RandomGenerator random, float[] frames, int t) {
        for (int column = 0; column < Notes.COUNT; column++) {
            double probability = probability(logits[column], temperature, t, column);
            frames[t * Notes.COUNT + column] = random.nextDouble() < probability ? 1 : 0;
        }
    }

    private static double probability(float logit, double temperature, int t, int column) {
        if (!Float.isFinite(logit)) {
            throw new ArithmeticException("no music can be made: in frame " + t + " the logit of " + Notes.name(column)
                    + " is " + logit
                    + "; look whether the model's parameters are finite, or train it again with a lower"
                    + " rate");
        }
        return 1 / (1 + StrictMath.exp(-logit / temperature)); // StrictMath, as Math may differ from CPU to CPU
    }
}
