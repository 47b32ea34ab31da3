package dev.unroll.bench.dataset;

import dev.unroll.rnn.data.Frames;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

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

    private static final String TRAIN = "traindata";
    private static final String VALIDATION = "validdata";
    private static final String TEST = "testdata";

    private static final long MAX_FILE = 64L << 20;

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
        Map<String, List<Frames>> found;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            found = MatPianoRolls.read(in, Files.size(file), Set.of(TRAIN, VALIDATION, TEST));
        } catch (MatPianoRolls.ContentException e) {
            throw malformed(file, e.getMessage());
        } catch (IOException e) {
            throw malformed(file, "is no readable MATLAB 5 file (" + e.getMessage() + ")");
        }
        return new PianoRolls(split(file, found, TRAIN), split(file, found, VALIDATION), split(file, found, TEST));
    }

    private static List<Frames> split(Path file, Map<String, List<Frames>> found, String name) throws IOException {
        List<Frames> pieces = found.get(name);
        if (pieces == null) {
            throw malformed(file, "has no variable " + name);
        }
        if (pieces.stream().noneMatch(piece -> piece.count() > 1)) {
            throw malformed(file, name + " has no piece of two frames, the second of which could be predicted");
        }
        return pieces;
    }

    private static FileSystemException malformed(Path file, String reason) {
        return new FileSystemException(file.toString(), null, reason + "; give a piano-roll file as published");
    }
}
