package dev.unroll.bench.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.io.Shown;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.Cell;
import us.hebi.matlab.mat.types.MatFile;
import us.hebi.matlab.mat.types.Matrix;

/** Sound files mean what the MATLAB library says, and of others no size is believed. */
class MatPianoRollsTest {
    private static final MatBuilder LITTLE = new MatBuilder(ByteOrder.LITTLE_ENDIAN);
    private static final List<String> NAMES = List.of("traindata", "validdata", "testdata");

    /** Damaged inputs, see {@code Mutations} of the other parsers: N in memory, N / 100 through files. */
    private static final int IN_MEMORY = Integer.getInteger("unroll.mutations", 4_000);
    private static final int THROUGH_FILES = Math.max(100, IN_MEMORY / 100);

    /** What reading a file of a few kilobytes may allocate: its own buffers and no more. */
    private static final long ALLOCATION = 4 << 20;

    @TempDir
    private Path temp;

    private Path write(byte[] bytes) throws IOException {
        return Files.write(temp.resolve("x.mat"), bytes);
    }

    // ---- Sound files

    @ParameterizedTest
    @ValueSource(strings = {"LITTLE_ENDIAN", "BIG_ENDIAN"})
    void everyStorageOfNumbersIsReadInBothOrdersPackedOrNot(String order) throws IOException {
        MatBuilder builder =
                new MatBuilder(order.equals("BIG_ENDIAN") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        for (int type : new int[] {MatElement.INT8, MatElement.UINT8, MatElement.INT16, MatElement.UINT16,
            MatElement.INT32, MatElement.UINT32, MatElement.SINGLE, MatElement.DOUBLE}) {
            for (int rows : new int[] {2, 3, 7}) {
                byte[] piece = builder.matrix(MatBuilder.DOUBLE_CLASS, type, rows, 88, i -> i % 5 == 2 ? 1 : 0);
                byte[] other =
                        builder.array(builder.head(MatBuilder.DOUBLE_CLASS, 1, 1, "ab"), builder.small(2, (byte) 7));
                byte[] file = builder.file(
                        other, builder.packed(builder.cells("traindata", piece, piece)),
                        builder.cells("validdata", piece), builder.packed(other), builder.cells("testdata", piece));
                PianoRolls rolls = PianoRolls.read(write(file));
                assertEquals(List.of(2, 1, 1),
                        List.of(rolls.train().size(), rolls.validation().size(), rolls.test().size()));
                float[] values = rolls.train().getLast().toFloats();
                for (int t = 0; t < rows; t++) {
                    for (int note = 0; note < 88; note++) {
                        assertEquals((note * rows + t) % 5 == 2 ? 1 : 0, values[t * 88 + note]);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"JSB_Chorales", "Nottingham", "MuseData", "Piano_midi"})
    void thePublishedFilesMeanWhatTheMatlabLibrarySays(String name) throws IOException {
        Path file = Path.of(System.getProperty("unroll.shared", "../../shared"), "data/music", name + ".mat");
        Assumptions.assumeTrue(Files.exists(file), "the piano-rolls are not at " + file);
        PianoRolls rolls = PianoRolls.read(file);
        try (MatFile oracle = Mat5.readFromFile(file.toFile())) {
            List<List<Frames>> splits = List.of(rolls.train(), rolls.validation(), rolls.test());
            for (int s = 0; s < NAMES.size(); s++) {
                Cell cell = oracle.getCell(NAMES.get(s));
                assertEquals(cell.getNumElements(), splits.get(s).size());
                for (int i = 0; i < cell.getNumElements(); i++) {
                    assertArrayEquals(numbers(cell.get(i)), splits.get(s).get(i).toFloats());
                }
            }
        }
    }

    private static float[] numbers(Matrix matrix) {
        float[] values = new float[matrix.getNumElements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = matrix.getFloat(i / 88, i % 88);
        }
        return values;
    }

    // ---- Hostile files

    private void assertRefused(String part, byte[] bytes) throws IOException {
        Path file = write(bytes);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Exception e = assertThrows(IOException.class, () -> PianoRolls.read(file), part);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated <= ALLOCATION + 8L * bytes.length, () -> part + ": " + allocated + " bytes allocated");
        assertReadable(e.getMessage());
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    private static void assertReadable(String message) {
        assertTrue(message.length() <= Shown.MAX_MESSAGE, message);
        assertTrue(message.codePoints().noneMatch(Shown::isInvisible), message);
    }

    private static byte[] head(int rows, int columns) {
        return LITTLE.head(MatBuilder.CELL, rows, columns, "traindata");
    }

    @Test
    void nestedCellsAreRefusedAtTheFirst() throws IOException {
        byte[] nested = LITTLE.cells("");
        for (int depth = 0; depth < 1_000; depth++) {
            nested = LITTLE.cells("", nested);
        }
        assertRefused("traindata{1} is no matrix of 88 columns", LITTLE.file(LITTLE.cells("traindata", nested)));
        assertRefused("traindata{1} is no matrix", LITTLE.file(LITTLE.packed(LITTLE.cells("traindata", nested))));
    }

    @Test
    void moreCellsThanAFileCanHoldAreRefusedBeforeAnyIsRead() throws IOException {
        assertRefused("has 4611686014132420609 cells",
                LITTLE.file(LITTLE.array(head(Integer.MAX_VALUE, Integer.MAX_VALUE))));
        assertRefused("bytes where at most 0 are left", LITTLE.file(LITTLE.array(head(1, 60_000))));
        assertRefused("an array of -1 x 3", LITTLE.file(LITTLE.array(head(-1, 3))));
    }

    @Test
    void numbersThatAreAnnouncedButNotThereAreRefused() throws IOException {
        byte[] large = LITTLE.head(MatBuilder.DOUBLE_CLASS, 700_000, 88, "");
        byte[] piece = LITTLE.array(large, LITTLE.announced(MatElement.UINT8, 700_000 * 88));
        assertRefused("announces 61600000 bytes where at most 0 are left",
                LITTLE.file(LITTLE.cells("traindata", piece)));
        // The same where the bound is what could be packed, which the file itself does not tell
        byte[] announced = LITTLE.announced(
                MatElement.MATRIX, 200_000_000, MatBuilder.join(head(1, 1), LITTLE.announced(
                        MatElement.MATRIX, 100_000_000,
                        MatBuilder.join(large, LITTLE.ints(MatElement.UINT8, 700_000 * 88)))));
        assertRefused("cut short", LITTLE.file(LITTLE.element(MatElement.COMPRESSED, MatBuilder.deflated(announced))));
        assertRefused("holds more than", LITTLE.file(LITTLE.cells("traindata",
                LITTLE.array(LITTLE.head(MatBuilder.UINT8_CLASS, 1 << 30, 88, "")))));
    }

    @Test
    void sparseAndComplexAndOtherMatricesAreNone() throws IOException {
        for (int kind : new int[] {2, 3, 4, 5, 16, 17, 0, 255, MatBuilder.DOUBLE_CLASS | 0x800}) {
            byte[] piece = LITTLE.array(LITTLE.head(kind, 3, 88, ""), LITTLE.announced(MatElement.INT32, 1 << 30));
            assertRefused("traindata{1} is no matrix of 88 columns", LITTLE.file(LITTLE.cells("traindata", piece)));
        }
        assertRefused("traindata is no cell array",
                LITTLE.file(
                        LITTLE.array(LITTLE.head(5, 3, 88, "traindata"), LITTLE.announced(MatElement.INT32, 1 << 30))));
    }

    @Test
    void numbersOfNoTypeAreNone() throws IOException {
        byte[] head = LITTLE.head(MatBuilder.UINT8_CLASS, 3, 88, "");
        for (int type : new int[] {0, 8, MatElement.COMPRESSED, MatElement.MATRIX, 16, 0xFFFF}) {
            byte[] piece = LITTLE.array(head, LITTLE.element(type));
            assertRefused("traindata{1} has 0 bytes of type " + type, LITTLE.file(LITTLE.cells("traindata", piece)));
        }
    }

    @Test
    void aNameOfAnyLengthIsNotRead() throws IOException {
        byte[] zeros = new byte[8 << 20];
        byte[] array = LITTLE.array(MatBuilder.join(
                LITTLE.element(MatElement.UINT32, LITTLE.ints(MatBuilder.CELL, 0)),
                LITTLE.element(MatElement.INT32, LITTLE.ints(1, 1)), LITTLE.element(MatElement.INT8, zeros)));
        assertRefused("where the name of an array should be", LITTLE.file(LITTLE.packed(array)));
        byte[] packedTwice = LITTLE.packed(LITTLE.packed(array));
        assertRefused("has no variable traindata", LITTLE.file(packedTwice));
    }

    @Test
    void moreThanTheMostThatMayBeUnpackedIsRefused() throws IOException {
        byte[] tag = LITTLE.ints(MatElement.MATRIX, 600 << 20);
        assertRefused("announces 629145600 bytes where at most 536870904 are left",
                LITTLE.file(LITTLE.element(MatElement.COMPRESSED, MatBuilder.deflated(tag))));
    }

    @Test
    void aPieceOfMoreBytesThanAreHeldAtOnceIsRefusedBeforeItIsRead() throws IOException {
        int bytes = 100_000 * 88 * 8;
        byte[] numbers = MatBuilder.join(
                LITTLE.head(MatBuilder.DOUBLE_CLASS, 100_000, 88, ""), LITTLE.ints(MatElement.DOUBLE, bytes));
        byte[] announced = LITTLE.announced(
                MatElement.MATRIX, 200_000_000,
                MatBuilder.join(head(1, 1), LITTLE.announced(MatElement.MATRIX, 100_000_000, numbers)));
        assertRefused("traindata{1} has 70400000 bytes of numbers; 67108864 are the most",
                LITTLE.file(LITTLE.element(MatElement.COMPRESSED, MatBuilder.deflated(announced))));
    }

    @Test
    void whatIsDamagedOrOfAnotherFormatSaysSo() throws IOException {
        byte[] piece = LITTLE.matrix(MatBuilder.UINT8_CLASS, MatElement.UINT8, 2, 88, _ -> 0);
        byte[] sound = LITTLE.cells("traindata", piece);
        byte[] packed = LITTLE.packed(sound);
        packed[packed.length - 1] ^= 1;
        assertRefused("incorrect data check", LITTLE.file(packed));
        byte[] longer = MatBuilder.deflated(MatBuilder.join(sound, new byte[8]));
        assertRefused("something follows", LITTLE.file(LITTLE.element(MatElement.COMPRESSED, longer)));
        assertRefused("has two variables traindata", LITTLE.file(sound, sound));
        byte[] later = LITTLE.file(sound);
        later[125] = 2;
        assertRefused("save it with -v7", later);
        assertRefused("validdata has no piece of two frames", LITTLE.file(
                sound, LITTLE.cells("validdata"), LITTLE.cells("testdata", piece)));
    }

    // ---- Damage at random

    private static byte[] sound() {
        byte[] piece = LITTLE.matrix(MatBuilder.UINT8_CLASS, MatElement.UINT8, 3, 88, i -> i & 1);
        byte[] other = LITTLE.matrix(MatBuilder.DOUBLE_CLASS, MatElement.DOUBLE, 2, 88, i -> i & 1);
        return LITTLE.file(
                LITTLE.cells("traindata", piece, other), LITTLE.cells("validdata", piece),
                LITTLE.cells("testdata", piece));
    }

    /** Bits turned, words set to sizes and types that others have believed, the end cut off; packed or not. */
    private static byte[] mutation(byte[] sound, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] bytes = sound.clone();
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int word = 4 * random.nextInt(bytes.length / 4);
            switch (random.nextInt(4)) {
                case 0 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                case 1 -> System.arraycopy(LITTLE.ints(1 << random.nextInt(32)), 0, bytes, word, 4);
                case 2 -> System.arraycopy(LITTLE.ints(random.nextInt(20)), 0, bytes, word, 4);
                default -> System.arraycopy(bytes, 4 * random.nextInt(bytes.length / 4), bytes, word, 4);
            }
        }
        if (random.nextInt(8) == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        }
        if (bytes.length > 128 && random.nextBoolean()) {
            byte[] elements = Arrays.copyOfRange(bytes, 128, bytes.length);
            return MatBuilder.join(Arrays.copyOf(bytes, 128), LITTLE.packed(elements));
        }
        return bytes;
    }

    private interface Reading {
        void read(byte[] bytes) throws IOException;
    }

    private static void checkMutations(String name, int count, Reading reading) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] sound = sound();
        long start = System.nanoTime();
        int refusals = 0;
        for (int seed = 0; seed < count; seed++) {
            byte[] bytes = mutation(sound, seed);
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                reading.read(bytes);
            } catch (IOException e) {
                refusals++;
                assertReadable(e.getMessage());
            } catch (RuntimeException | Error e) {
                throw new AssertionError(name + ", mutation " + seed, e);
            }
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated <= ALLOCATION, name + ", mutation " + seed + ": " + allocated + " bytes allocated");
        }
        assertTrue(refusals > count / 2, refusals + " of " + count + " were refused; are they read?");
        if (Integer.getInteger("unroll.mutations") != null) {
            System.out.printf(Locale.ROOT, "%s: %,d mutations, %,d refused, %.1f s%n", name, count, refusals,
                    (System.nanoTime() - start) / 1e9);
        }
    }

    @Test
    void damagedFilesAreReadOrRefusedInOneShortLineWithoutMuchMemory() {
        checkMutations("MAT", IN_MEMORY,
                bytes -> MatPianoRolls.read(new ByteArrayInputStream(bytes), bytes.length, Set.copyOf(NAMES)));
        checkMutations("MAT files", THROUGH_FILES, bytes -> PianoRolls.read(write(bytes)));
    }
}
