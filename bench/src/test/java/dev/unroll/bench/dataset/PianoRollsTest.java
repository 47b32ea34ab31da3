package dev.unroll.bench.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.data.Frames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.IntSummaryStatistics;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.Cell;
import us.hebi.matlab.mat.types.MatFile;
import us.hebi.matlab.mat.types.MatlabType;
import us.hebi.matlab.mat.types.Matrix;

class PianoRollsTest {
    @TempDir
    private Path temp;

    /** For each split: pieces, frames, shortest and longest piece, notes, frames without a note. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "JSB_CHORALES | 229, 13807, 25..129, 53824, 18 | 76, 4602, 32..144, 17811, 29 | 77, 4725, 32..160, 18367, 17",
        "NOTTINGHAM | 694, 176561, 40..1788, 699403, 487 | 173, 45513, 96..1473, 180192, 51 "
                + "| 170, 44463, 63..1793, 177421, 19",
        "MUSE_DATA | 524, 245202, 9..3457, 856543, 12962 | 135, 82755, 63..3723, 287893, 4412 "
                + "| 124, 64339, 45..4273, 211857, 5042",
        "PIANO_MIDI | 87, 75911, 111..3857, 231089, 4917 | 12, 8540, 209..1637, 27623, 251 "
                + "| 25, 19036, 65..2645, 56067, 652"})
    void thePublishedFilesHaveTheirCounts(Dataset set, String train, String validation, String test)
            throws IOException {
        PianoRolls rolls = PianoRolls.read(SharedData.folder(set).fetch(set));
        assertEquals(train, counts(rolls.train()));
        assertEquals(validation, counts(rolls.validation()));
        assertEquals(test, counts(rolls.test()));
    }

    private static String counts(List<Frames> pieces) {
        IntSummaryStatistics lengths = pieces.stream().mapToInt(Frames::count).summaryStatistics();
        int notes = 0;
        int silent = 0;
        for (Frames piece : pieces) {
            for (int t = 0; t < piece.count(); t++) {
                int sounding = 0;
                for (int note = 0; note < PianoRolls.NOTES; note++) {
                    sounding += (int) piece.get(t, note);
                }
                notes += sounding;
                silent += sounding == 0 ? 1 : 0;
            }
        }
        return pieces.size() + ", " + lengths.getSum() + ", " + lengths.getMin() + ".." + lengths.getMax() + ", "
                + notes
                + ", " + silent;
    }

    @Test
    void framesComeInOrderOfTimeAndNote() throws IOException {
        Matrix piece = Mat5.newMatrix(3, 88, MatlabType.UInt8);
        piece.setByte(0, 5, (byte) 1);
        piece.setByte(2, 87, (byte) 1);
        float[] expected = new float[3 * 88];
        expected[5] = 1;
        expected[2 * 88 + 87] = 1;
        assertArrayEquals(expected, PianoRolls.read(file("traindata", piece)).train().getFirst().toFloats());
    }

    private Path file(String variable, Matrix piece) throws IOException {
        Path file = temp.resolve("rolls.mat");
        MatFile content = Mat5.newMatFile();
        for (String name : List.of("traindata", "validdata", "testdata")) {
            Cell cell = Mat5.newCell(1, 1);
            cell.set(0, name.equals(variable) ? piece : Mat5.newMatrix(2, 88, MatlabType.UInt8));
            content.addArray(name, cell);
        }
        Mat5.writeToFile(content, file.toFile());
        return file;
    }

    @Test
    void whatIsNoPianoRollIsRefusedInOneLineThatNamesTheFile() throws IOException {
        Path good = file("traindata", Mat5.newMatrix(3, 88, MatlabType.UInt8));
        byte[] bytes = Files.readAllBytes(good);
        Path bad = temp.resolve("bad.mat");
        for (int length : new int[] {0, 5, 100, 128, 200, bytes.length / 2, bytes.length - 1}) {
            Files.write(bad, Arrays.copyOf(bytes, length));
            assertRefused(bad, "");
        }
        Files.writeString(bad, "this is a text ".repeat(100));
        assertRefused(bad, "is no readable MATLAB 5 file");
        assertRefused(temp.resolve("none.mat"), "no such file");
        assertRefused(temp, "is no file");
        assertRefused(file("traindata", Mat5.newMatrix(3, 87, MatlabType.UInt8)), "traindata{1} is no matrix of 88");
        Matrix loud = Mat5.newMatrix(3, 88, MatlabType.UInt8);
        loud.setByte(1, 1, (byte) 2);
        assertRefused(file("validdata", loud), "validdata{1} holds 2.0");
        MatFile empty = Mat5.newMatFile();
        Mat5.writeToFile(empty, bad.toFile());
        assertRefused(bad, "traindata");
    }

    private static void assertRefused(Path file, String part) {
        Exception e = assertThrows(IOException.class, () -> PianoRolls.read(file));
        String message = e.getMessage();
        assertTrue(message.contains(file.toString()) && message.contains(part), message);
        assertEquals(1, message.lines().count(), message);
    }
}
