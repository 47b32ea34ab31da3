package dev.unroll.bench.dataset;

import dev.unroll.rnn.data.Frames;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/**
 * Reads cell arrays of matrices out of a MATLAB 5 file, of either byte order, whose variables may be compressed: the
 * one shape that piano-rolls have. Other variables are passed over. Damaged or hostile files are refused; no size in
 * them is believed before it was compared with what the file can hold.
 */
final class MatPianoRolls {
    private static final int HEADER = 128;
    private static final short VERSION_5 = 0x0100;

    /** The most that compressed variables may unpack to: some times what the largest set takes in doubles. */
    private static final long MAX_UNPACKED = 512L << 20;

    /** The most bytes of numbers of one piece, which are in memory at once: hours of music in doubles. */
    private static final long MAX_PIECE = 64L << 20;

    private static final int MAX_PIECES = 1 << 16;
    private static final long MAX_NUMBERS = 64L << 20;

    private final Set<String> wanted;
    private final Map<String, List<Frames>> found = new HashMap<>();
    private long unpacked;
    private int pieces;
    private long numbers;

    private MatPianoRolls(Set<String> wanted) {
        this.wanted = wanted;
    }

    /** Creates the failure for wrong content of a well-formed file. */
    static final class ContentException extends IOException {
        private static final long serialVersionUID = 1;

        ContentException(String message) {
            super(message);
        }
    }

    /**
     * Reads a file.
     *
     * @param in its bytes
     * @param size how many there are
     * @param wanted the names of cell arrays
     * @return those that are there
     * @throws ContentException if one is not what it should be
     * @throws IOException if the file is damaged or of another format
     */
    static Map<String, List<Frames>> read(InputStream in, long size, Set<String> wanted) throws IOException {
        MatPianoRolls rolls = new MatPianoRolls(wanted);
        byte[] header = in.readNBytes(HEADER);
        MatBytes elements = new MatBytes(in, order(header), size - HEADER);
        while (elements.left() > 0) {
            MatElement element = MatElement.next(elements);
            if (element.type() == MatElement.COMPRESSED) {
                rolls.unpack(element.data());
            } else if (element.type() == MatElement.MATRIX) {
                rolls.variable(element.data());
            }
            element.leave(elements);
        }
        return rolls.found;
    }

    private static ByteOrder order(byte[] header) throws IOException {
        if (header.length < HEADER) {
            throw new IOException("cut short");
        }
        String mark = "" + (char) header[HEADER - 2] + (char) header[HEADER - 1];
        if (!mark.equals("IM") && !mark.equals("MI")) {
            throw new IOException("its header does not end in MI or IM");
        }
        ByteOrder order = mark.equals("IM") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        short version = ByteBuffer.wrap(header).order(order).getShort(HEADER - 4);
        if (version != VERSION_5) {
            throw new IOException("of version " + (version >> 8) + "; save it with -v7");
        }
        return order;
    }

    private void unpack(MatBytes packed) throws IOException {
        Inflater inflater = new Inflater();
        try (InputStream in = new InflaterInputStream(packed, inflater, 1 << 13)) {
            MatBytes bytes = new MatBytes(in, packed.order(), MAX_UNPACKED - unpacked);
            MatElement element = MatElement.next(bytes);
            long size = element.data().left();
            if (element.type() == MatElement.MATRIX && variable(element.data())) {
                element.leave(bytes);
                unpacked += size;
                if (in.read() >= 0) { // the check sum of the bytes is compared here too
                    throw new IOException("something follows a compressed variable");
                }
            }
        } finally {
            inflater.end();
        }
    }

    /** Reads a variable if it is wanted, or says that it is not. */
    private boolean variable(MatBytes in) throws IOException {
        MatArray array = MatArray.next(in);
        String name = array.name();
        if (!wanted.contains(name)) {
            return false;
        }
        if (!array.isCells()) {
            throw new ContentException(name + " is no cell array of two dimensions");
        }
        if (array.count() > MAX_PIECES - pieces) {
            throw new ContentException(name + " has " + array.count() + " cells; " + MAX_PIECES
                    + " pieces are the most that is read of a file");
        }
        pieces += (int) array.count();
        List<Frames> read = new ArrayList<>();
        for (int i = 1; i <= array.count(); i++) {
            read.add(piece(in, name + "{" + i + "}"));
        }
        if (found.put(name, List.copyOf(read)) != null) {
            throw new ContentException("has two variables " + name);
        }
        return true;
    }

    private Frames piece(MatBytes cells, String name) throws IOException {
        MatElement element = MatElement.next(cells);
        MatBytes in = element.data();
        if (element.type() != MatElement.MATRIX || in.left() == 0) {
            throw notNotes(name);
        }
        MatArray array = MatArray.next(in);
        if (!array.isNumbers() || array.columns() != PianoRolls.NOTES) {
            throw notNotes(name);
        }
        numbers += array.count();
        if (numbers > MAX_NUMBERS) {
            throw new ContentException(
                    "holds more than the " + MAX_NUMBERS / PianoRolls.NOTES + " frames that are read");
        }
        MatElement content = MatElement.next(in);
        if (content.width() == 0 || content.data().left() != array.count() * content.width()) {
            throw new IOException(name + " has " + content.data().left() + " bytes of type " + content.type() + " for "
                    + array.count() + " numbers");
        }
        if (content.data().left() > MAX_PIECE) {
            throw new ContentException(name + " has " + content.data().left() + " bytes of numbers; " + MAX_PIECE
                    + " are the most that is read of one piece; cut it into several");
        }
        Frames frames = frames(content, array.rows(), name);
        content.leave(in);
        element.leave(cells);
        return frames;
    }

    /** The numbers, which a file has column by column, frame by frame. */
    private static Frames frames(MatElement content, int rows, String name) throws IOException {
        ByteBuffer read = content.data().next(content.data().left());
        float[] values = new float[rows * PianoRolls.NOTES];
        for (int t = 0; t < rows; t++) {
            for (int note = 0; note < PianoRolls.NOTES; note++) {
                double value = content.number(read, note * rows + t);
                if (value != 0 && value != 1) {
                    throw new ContentException(name + " holds " + value + "; expected 0 and 1 only");
                }
                values[t * PianoRolls.NOTES + note] = (float) value;
            }
        }
        return new Frames(PianoRolls.NOTES, values);
    }

    private static ContentException notNotes(String name) {
        return new ContentException(name + " is no matrix of " + PianoRolls.NOTES + " columns");
    }
}
