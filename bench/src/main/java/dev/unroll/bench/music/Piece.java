package dev.unroll.bench.music;

import dev.unroll.rnn.data.Frames;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A piece of music: which notes sound in which frame.
 *
 * @param frames of 88 columns, {@link Notes}; a note sounds where its number is not 0
 * @param given how many of the frames, at the beginning, were given; the others were drawn
 */
public record Piece(Frames frames, int given) {
    /** Checks the sizes. */
    public Piece {
        requireNotes(frames);
        if (given < 0 || given > frames.count()) {
            throw new IllegalArgumentException("a piece of " + frames.count() + " frames cannot begin with " + given
                    + " given ones; expected 0 to " + frames.count());
        }
    }

    static void requireNotes(Frames frames) {
        if (frames.columns() != Notes.COUNT) {
            throw new IllegalArgumentException(
                    "a frame of music has " + Notes.COUNT + " columns, one for each note, not "
                            + frames.columns() + "; give frames of that size");
        }
    }

    /**
     * How long it is.
     *
     * @return frames
     */
    public int count() {
        return frames.count();
    }

    /**
     * Whether a note sounds.
     *
     * @param frame from 0 to {@link #count()} - 1
     * @param column of the note, from 0 to 87
     * @return whether it sounds in that frame
     */
    public boolean sounds(int frame, int column) {
        return frames.get(frame, column) != 0;
    }

    /**
     * The notes of a frame by their names.
     *
     * @param frame from 0 to {@link #count()} - 1
     * @return such as {@code C4 E4 G4}, the lowest first, or {@code -} for none
     */
    public String names(int frame) {
        String names = IntStream.range(0, Notes.COUNT)
                .filter(column -> sounds(frame, column))
                .mapToObj(Notes::name)
                .collect(Collectors.joining(" "));
        return names.isEmpty() ? "-" : names;
    }
}
