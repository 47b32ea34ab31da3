package dev.unroll.bench.music;

import dev.unroll.rnn.data.Frames;
import java.util.Random;

/** Pieces for tests. */
final class Pieces {
    private Pieces() {}

    /** Notes by chance, of which neighbors in time are often the same. */
    static Piece random(int frames, int given, long seed) {
        Random random = new Random(seed);
        float[] values = new float[frames * Notes.COUNT];
        for (int i = 0; i < values.length; i++) {
            boolean stays = i >= Notes.COUNT && random.nextInt(3) > 0;
            values[i] = stays ? values[i - Notes.COUNT] : random.nextInt(4) == 0 ? 1 : 0;
        }
        return new Piece(new Frames(Notes.COUNT, values), given);
    }

    /** The frames with these notes, of MIDI's numbers. */
    static Piece of(int[]... frames) {
        float[] values = new float[frames.length * Notes.COUNT];
        for (int t = 0; t < frames.length; t++) {
            for (int midi : frames[t]) {
                values[t * Notes.COUNT + midi - 21] = 1;
            }
        }
        return new Piece(new Frames(Notes.COUNT, values), 0);
    }
}
