package dev.unroll.bench.music;

import dev.unroll.bench.report.ReportFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import javax.sound.midi.InvalidMidiDataException;
import javax.sound.midi.MetaMessage;
import javax.sound.midi.MidiEvent;
import javax.sound.midi.MidiSystem;
import javax.sound.midi.Sequence;
import javax.sound.midi.ShortMessage;
import javax.sound.midi.Track;

/**
 * A piece as a standard MIDI file of type 0: one track, on a piano. A frame is an eighth note, and a note that sounds
 * in several frames in a row is held and not struck again. No sound device is used.
 */
public final class MidiFile {
    /** Ticks of a frame; a quarter note has twice as many. */
    public static final int TICKS_PER_FRAME = 240;

    /** The slowest tempo: a quarter note's microseconds have 24 bits. */
    public static final int MIN_FRAMES_PER_MINUTE = 10;

    /** The fastest tempo. */
    public static final int MAX_FRAMES_PER_MINUTE = 10_000;

    private static final int FRAMES_PER_QUARTER = 2;
    private static final int MICROSECONDS_PER_MINUTE = 60_000_000;
    private static final int VELOCITY = 80;
    private static final int CHANNEL = 0;

    private static final int TYPE = 0;
    private static final int TEMPO = 0x51;
    private static final int END_OF_TRACK = 0x2F;

    private MidiFile() {}

    /**
     * Writes a file as a whole.
     *
     * @param file which
     * @param piece what
     * @param framesPerMinute the tempo, from {@value #MIN_FRAMES_PER_MINUTE} to {@value #MAX_FRAMES_PER_MINUTE}
     * @throws IllegalArgumentException if the tempo is not in that range
     * @throws IOException if it cannot be written
     */
    public static void write(Path file, Piece piece, int framesPerMinute) throws IOException {
        if (framesPerMinute < MIN_FRAMES_PER_MINUTE || framesPerMinute > MAX_FRAMES_PER_MINUTE) {
            throw new IllegalArgumentException("the tempo must be from " + MIN_FRAMES_PER_MINUTE + " to "
                    + MAX_FRAMES_PER_MINUTE + " frames per minute, not " + framesPerMinute);
        }
        Sequence sequence;
        try {
            sequence = sequence(piece, framesPerMinute);
        } catch (InvalidMidiDataException e) {
            throw new IllegalStateException(e); // every message is in the range of MIDI
        }
        ReportFile.write(file, out -> MidiSystem.write(sequence, TYPE, out));
    }

    private static Sequence sequence(Piece piece, int framesPerMinute) throws InvalidMidiDataException {
        Sequence sequence = new Sequence(Sequence.PPQ, FRAMES_PER_QUARTER * TICKS_PER_FRAME);
        Track track = sequence.createTrack();
        track.add(new MidiEvent(tempo(framesPerMinute), 0));
        track.add(new MidiEvent(new ShortMessage(ShortMessage.PROGRAM_CHANGE, CHANNEL, 0, 0), 0)); // a piano
        for (int t = 0; t <= piece.count(); t++) {
            addChanges(track, piece, t);
        }
        long end = ticks(piece.count());
        track.add(new MidiEvent(new MetaMessage(END_OF_TRACK, new byte[0], 0), end)); // silence at the end counts too
        return sequence;
    }

    private static MetaMessage tempo(int framesPerMinute) throws InvalidMidiDataException {
        int microseconds = Math.round(MICROSECONDS_PER_MINUTE * (float) FRAMES_PER_QUARTER / framesPerMinute);
        byte[] bytes = ByteBuffer.allocate(Integer.BYTES).putInt(microseconds).array();
        byte[] last = Arrays.copyOfRange(bytes, 1, bytes.length);
        return new MetaMessage(TEMPO, last, last.length);
    }

    private static void addChanges(Track track, Piece piece, int t) throws InvalidMidiDataException {
        for (int column = 0; column < Notes.COUNT; column++) {
            boolean before = t > 0 && piece.sounds(t - 1, column);
            boolean now = t < piece.count() && piece.sounds(t, column);
            if (before != now) {
                int command = now ? ShortMessage.NOTE_ON : ShortMessage.NOTE_OFF;
                ShortMessage message = new ShortMessage(command, CHANNEL, Notes.midi(column), now ? VELOCITY : 0);
                track.add(new MidiEvent(message, ticks(t)));
            }
        }
    }

    private static long ticks(int frame) {
        return (long) frame * TICKS_PER_FRAME;
    }
}
