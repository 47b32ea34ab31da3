package dev.unroll.bench.music;

import dev.unroll.bench.dataset.PianoRolls;
import java.util.Objects;

/** The columns of a piano-roll as notes: column 0 is A0, the lowest key of a piano, column 87 is C8, the highest. */
public final class Notes {
    /** The number of notes. */
    public static final int COUNT = PianoRolls.NOTES;

    private static final int LOWEST = 21; // A0 in MIDI

    private static final String[] NAMES = {"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};

    private Notes() {}

    /**
     * The number of a note in MIDI.
     *
     * @param column of a frame, from 0 to 87
     * @return from 21 to 108
     * @throws IndexOutOfBoundsException if there is no such column
     */
    public static int midi(int column) {
        return LOWEST + Objects.checkIndex(column, COUNT);
    }

    /**
     * The name of a note in scientific pitch notation.
     *
     * @param column of a frame, from 0 to 87
     * @return such as {@code C4}, which is middle C, or {@code F#3}
     * @throws IndexOutOfBoundsException if there is no such column
     */
    public static String name(int column) {
        int midi = midi(column);
        return NAMES[midi % NAMES.length] + (midi / NAMES.length - 1);
    }

    /** Tells whether a note has a black key. */
    static boolean isBlack(int column) {
        return NAMES[midi(column) % NAMES.length].endsWith("#");
    }
}
