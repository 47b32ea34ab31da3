package dev.unroll.bench.dataset;

import dev.unroll.rnn.data.Frames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import us.hebi.matlab.mat.format.BufferAllocator;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.Array;
import us.hebi.matlab.mat.types.Cell;
import us.hebi.matlab.mat.types.MatFile;
import us.hebi.matlab.mat.types.Matrix;
import us.hebi.matlab.mat.types.Sources;

/**
 * Polyphonic music as Boulanger-Lewandowski, Bengio and Vincent (ICML 2012) published it: MATLAB files of three cell
 * arrays, each piece a matrix of zeros and ones with a row for every frame and a column for every note.
 *
 * @param train pieces to learn from
 * @param validation pieces to choose by
 * @param test pieces to report
 */
public record PianoRolls(List<Frames> train, List<Frames> validation, List<Frames> test) {
    /** Notes from A0 to C8. */
    public static final int NOTES = 88;

    /** The largest file, and the most that may come out of a compressed one: some times what the largest set takes. */
    private static final long MAX_FILE = 64L << 20;
    private static final long MAX_UNPACKED = 512L << 20;

    /**
     * Whether a file is one, by its name.
     *
     * @param file a path
     * @return true for {@code .mat}
     */
    public static boolean isOne(String file) {
        return file.toLowerCase(Locale.ROOT).endsWith(".mat");
    }

    /**
     * Reads a file.
     *
     * @param file a MATLAB 5 file
     * @return its three splits
     * @throws IOException if it is missing, too large, or no such file
     */
    public static PianoRolls read(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such file; check the path");
        }
        if (!Files.isRegularFile(file) || Files.size(file) > MAX_FILE) {
            throw malformed(file, "is no file of at most " + (MAX_FILE >> 20) + " MiB");
        }
        try (MatFile content = Mat5.newReader(Sources.wrap(Files.readAllBytes(file)))
                .setBufferAllocator(new Limited())
                .disableSubsystemProcessing()
                .readMat()) {
            return new PianoRolls(
                    split(file, content, "traindata"), split(file, content, "validdata"),
                    split(file, content, "testdata"));
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException | RuntimeException e) { // the reader meets damage in many ways
            throw malformed(file, "is no readable MATLAB 5 file (" + e.getMessage() + ")");
        }
    }

    private static List<Frames> split(Path file, MatFile content, String name) throws IOException {
        Array array;
        try {
            array = content.getArray(name);
        } catch (IllegalArgumentException e) {
            throw malformed(file, "has no variable " + name);
        }
        if (!(array instanceof Cell cell)) {
            throw malformed(file, name + " is no cell array");
        }
        List<Frames> pieces = new ArrayList<>();
        for (int i = 0; i < cell.getNumElements(); i++) {
            pieces.add(piece(file, name + "{" + (i + 1) + "}", cell.get(i)));
        }
        return List.copyOf(pieces);
    }

    private static Frames piece(Path file, String name, Array array) throws IOException {
        if (!(array instanceof Matrix matrix) || matrix.getNumDimensions() != 2 || matrix.getNumCols() != NOTES) {
            throw malformed(file, name + " is no matrix of " + NOTES + " columns");
        }
        float[] values = new float[Math.multiplyExact(matrix.getNumRows(), NOTES)];
        for (int t = 0; t < matrix.getNumRows(); t++) {
            for (int note = 0; note < NOTES; note++) {
                double value = matrix.getDouble(t, note);
                if (value != 0 && value != 1) {
                    throw malformed(file, name + " holds " + value + "; expected 0 and 1 only");
                }
                values[t * NOTES + note] = (float) value;
            }
        }
        return new Frames(NOTES, values);
    }

    private static FileSystemException malformed(Path file, String reason) {
        return new FileSystemException(file.toString(), null, reason + "; give a piano-roll file as published");
    }

    /** Refuses what a damaged file, or one made to, would take. */
    private static final class Limited implements BufferAllocator {
        private long left = MAX_UNPACKED;

        @Override
        public ByteBuffer allocate(int bytes) {
            left -= bytes;
            if (left < 0) {
                throw new IllegalStateException("more than " + (MAX_UNPACKED >> 20) + " MiB when unpacked");
            }
            return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
        }

        @Override
        public void release(ByteBuffer buffer) {
            // left to the garbage collector
        }
    }
}
