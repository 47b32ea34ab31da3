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
import java.util.List;
import org.junit.jupiter.api.Assumptions;
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

    @ParameterizedTest
    @CsvSource({
        "JSB_Chorales, 229, 13807, 53824, 76, 4602, 17811, 77, 4725, 18367",
        "Nottingham, 694, 176561, 699403, 173, 45513, 180192, 170, 44463, 177421",
        "MuseData, 524, 245202, 856543, 135, 82755, 287893, 124, 64339, 211857"})
    void thePublishedFilesHaveTheirCounts(
            String name, int train, int trainFrames, int trainNotes, int valid, int validFrames, int validNotes,
            int test, int testFrames, int testNotes) throws IOException {
        Path file = Path.of(System.getProperty("unroll.shared", "../../shared"), "data/music", name + ".mat");
        Assumptions.assumeTrue(Files.exists(file), "the piano-rolls are not at " + file);
        PianoRolls rolls = PianoRolls.read(file);
        assertCounts(rolls.train(), train, trainFrames, trainNotes);
        assertCounts(rolls.validation(), valid, validFrames, validNotes);
        assertCounts(rolls.test(), test, testFrames, testNotes);
    }

    private static void assertCounts(List<Frames> pieces, int count, int frames, int notes) {
        assertEquals(count, pieces.size());
        assertEquals(frames, pieces.stream().mapToInt(Frames::count).sum());
        double on = 0;
        for (Frames piece : pieces) {
            for (float note : piece.values()) {
                on += note;
            }
        }
        assertEquals(notes, on);
    }

    @Test
    void framesComeInOrderOfTimeAndNote() throws IOException {
        Matrix piece = Mat5.newMatrix(3, 88, MatlabType.UInt8);
        piece.setByte(0, 5, (byte) 1);
        piece.setByte(2, 87, (byte) 1);
        float[] expected = new float[3 * 88];
        expected[5] = 1;
        expected[2 * 88 + 87] = 1;
        assertArrayEquals(expected, PianoRolls.read(file("traindata", piece)).train().getFirst().values());
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
