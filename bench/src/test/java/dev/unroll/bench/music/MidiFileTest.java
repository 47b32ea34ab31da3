package dev.unroll.bench.music;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.sound.midi.MetaMessage;
import javax.sound.midi.MidiEvent;
import javax.sound.midi.MidiSystem;
import javax.sound.midi.Sequence;
import javax.sound.midi.ShortMessage;
import javax.sound.midi.Track;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written, as the JDK reads it back. */
class MidiFileTest {
    @TempDir
    private Path temp;

    private Track write(Piece piece, int framesPerMinute) throws Exception {
        Path file = temp.resolve("piece.mid");
        MidiFile.write(file, piece, framesPerMinute);
        assertEquals(0, MidiSystem.getMidiFileFormat(file.toFile()).getType());
        Sequence sequence = MidiSystem.getSequence(file.toFile());
        assertEquals(Sequence.PPQ, sequence.getDivisionType());
        assertEquals(480, sequence.getResolution(), "two frames a quarter");
        assertEquals(1, sequence.getTracks().length);
        return sequence.getTracks()[0];
    }

    private static List<String> notes(Track track) {
        List<String> notes = new ArrayList<>();
        for (int i = 0; i < track.size(); i++) {
            MidiEvent event = track.get(i);
            if (event.getMessage() instanceof ShortMessage note && note.getCommand() != ShortMessage.PROGRAM_CHANGE) {
                boolean isOn = note.getCommand() == ShortMessage.NOTE_ON && note.getData2() > 0;
                notes.add((isOn ? "on " : "off ") + note.getData1() + " at " + event.getTick());
            }
        }
        return notes;
    }

    @Test
    void aNoteOfSeveralFramesInARowIsHeld() throws Exception {
        Piece piece = Pieces.of(
                new int[] {60}, new int[] {60, 64}, new int[] {21}, new int[] {}, new int[] {60, 108}, new int[] {},
                new int[] {});
        Track track = write(piece, 200);
        assertEquals(List.of(
                "on 60 at 0", "on 64 at 240", "on 21 at 480", "off 60 at 480", "off 64 at 480", "off 21 at 720",
                "on 60 at 960", "on 108 at 960", "off 60 at 1200", "off 108 at 1200"), notes(track));
        assertEquals(7 * 240, track.ticks(), "silence at the end counts too");
    }

    @ParameterizedTest
    @CsvSource({"200, 600000", "10, 12000000", "120, 1000000", "7777, 15430", "10000, 12000"})
    void theTempoIsThatOfFrames(int framesPerMinute, int microsecondsOfAQuarter) throws Exception {
        Track track = write(Pieces.of(new int[] {60}), framesPerMinute);
        List<byte[]> tempi = new ArrayList<>();
        for (int i = 0; i < track.size(); i++) {
            if (track.get(i).getMessage() instanceof MetaMessage meta && meta.getType() == 0x51) {
                assertEquals(0, track.get(i).getTick());
                tempi.add(meta.getData());
            }
        }
        assertEquals(1, tempi.size());
        int tempo = microsecondsOfAQuarter;
        assertArrayEquals(new byte[] {(byte) (tempo >> 16), (byte) (tempo >> 8), (byte) tempo}, tempi.getFirst());
    }

    /** A roll that is drawn from the events again. */
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "50, 3", "1000, 4"})
    void theNotesThatAreReadBackAreThoseOfThePiece(int frames, long seed) throws Exception {
        Piece piece = Pieces.random(frames, 0, seed);
        boolean[][] roll = new boolean[frames][88];
        int[] since = new int[128];
        Arrays.fill(since, -1);
        int struck = 0;
        for (String note : notes(write(piece, 200))) {
            String[] words = note.split(" ");
            int midi = Integer.parseInt(words[1]);
            assertEquals(0, Integer.parseInt(words[3]) % 240, note);
            int frame = Integer.parseInt(words[3]) / 240;
            assertEquals(words[0].equals("on"), since[midi] < 0, "struck and released in turn: " + note);
            for (int t = since[midi]; t >= 0 && t < frame; t++) {
                roll[t][midi - 21] = true;
            }
            struck += words[0].equals("on") ? 1 : 0;
            since[midi] = words[0].equals("on") ? frame : -1;
        }
        int begun = 0;
        for (int t = 0; t < frames; t++) {
            for (int column = 0; column < 88; column++) {
                assertEquals(piece.sounds(t, column), roll[t][column], t + " " + column);
                begun += piece.sounds(t, column) && (t == 0 || !piece.sounds(t - 1, column)) ? 1 : 0;
            }
        }
        assertEquals(begun, struck);
    }

    @Test
    void theLongestSilenceIsWritten() throws Exception {
        int[][] frames = new int[MusicSampler.MAX_FRAMES][0];
        frames[frames.length - 1] = new int[] {60};
        Track track = write(Pieces.of(frames), 200);
        assertEquals(List.of("on 60 at 23999760", "off 60 at 24000000"), notes(track));
    }

    @Test
    void thereIsNoFileOfAWrongTempo() throws IOException {
        Path file = temp.resolve("x.mid");
        for (int tempo : new int[] {0, 9, 10_001, -200}) {
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class, () -> MidiFile.write(file, Pieces.of(new int[] {60}), tempo));
            assertTrue(e.getMessage().contains("from 10 to 10000 frames per minute, not " + tempo), e.getMessage());
            assertFalse(Files.exists(file));
        }
    }
}
