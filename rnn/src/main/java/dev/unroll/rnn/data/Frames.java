package dev.unroll.rnn.data;

/**
 * A sequence of rows of numbers: frames of a piano-roll, samples of a signal.
 *
 * @param columns of a frame
 * @param values frame after frame
 */
public record Frames(int columns, float... values) {
    /** Checks that the frames are whole. */
    public Frames {
        if (columns < 1 || values.length % columns != 0) {
            throw new IllegalArgumentException(
                    values.length + " numbers are no whole frames of " + columns + "; give columns for every frame");
        }
    }

    /**
     * How many there are.
     *
     * @return frames
     */
    public int count() {
        return values.length / columns;
    }
}
