package dev.unroll.bench.music;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.data.Frames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PieceTest {
    /** The numbers of MIDI as its tables of notes have them, with middle C as C4. */
    @ParameterizedTest
    @CsvSource({"0,21,A0", "1,22,A#0", "2,23,B0", "3,24,C1", "39,60,C4", "48,69,A4", "53,74,D5", "86,107,B7",
        "87,108,C8"})
    void columnsAreTheKeysOfAPiano(int column, int midi, String name) {
        assertEquals(midi, Notes.midi(column));
        assertEquals(name, Notes.name(column));
        assertEquals(name.contains("#"), Notes.isBlack(column));
    }

    @Test
    void thereAreNoOtherColumns() {
        assertThrows(IndexOutOfBoundsException.class, () -> Notes.name(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> Notes.midi(88));
    }

    @Test
    void notesAreNamedFromTheLowestToTheHighest() {
        Piece piece = Pieces.of(new int[] {67, 60, 64}, new int[] {}, new int[] {108, 21, 66});
        assertEquals("C4 E4 G4", piece.names(0));
        assertEquals("-", piece.names(1));
        assertEquals("A0 F#4 C8", piece.names(2));
    }

    @Test
    void sizesThatDoNotFitAreRefused() {
        IllegalArgumentException columns = assertThrows(
                IllegalArgumentException.class, () -> new Piece(new Frames(12, new float[24]), 0));
        assertTrue(columns.getMessage().contains("88 columns, one for each note, not 12"), columns.getMessage());
        IllegalArgumentException given = assertThrows(
                IllegalArgumentException.class, () -> new Piece(new Frames(88, new float[88]), 2));
        assertTrue(given.getMessage().contains("expected 0 to 1"), given.getMessage());
    }
}
