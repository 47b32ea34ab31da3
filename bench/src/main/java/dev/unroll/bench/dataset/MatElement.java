package dev.unroll.bench.dataset;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A data element of a MATLAB 5 file: a tag with the type and the size, the data, and what fills it up to 8 bytes, as in
 * "MAT-File Format" of The MathWorks.
 *
 * @param type one of the numbers below, or another
 * @param data to be read, or left, before the next element
 * @param padding bytes behind the data
 */
record MatElement(int type, MatBytes data, int padding) {
    static final int INT8 = 1;
    static final int UINT8 = 2;
    static final int INT16 = 3;
    static final int UINT16 = 4;
    static final int INT32 = 5;
    static final int UINT32 = 6;
    static final int SINGLE = 7;
    static final int DOUBLE = 9;
    static final int MATRIX = 14;
    static final int COMPRESSED = 15;

    private static final int TAG = 8;
    private static final int HALF = TAG / 2;

    /** Reads a tag, which in its short form has 4 bytes, and up to 4 of data behind it. */
    static MatElement next(MatBytes in) throws IOException {
        int type = in.next(HALF).getInt();
        int smallSize = type >>> 16;
        if (smallSize == 0) {
            MatBytes data = in.part(Integer.toUnsignedLong(in.next(HALF).getInt()));
            int padding = type == COMPRESSED ? 0 : (int) Math.min(-data.left() & TAG - 1, in.left());
            return new MatElement(type, data, padding);
        }
        if (smallSize > HALF) {
            throw new IOException("a small element of " + smallSize + " bytes, where " + HALF + " are the most");
        }
        return new MatElement(type & 0xFFFF, in.part(smallSize), HALF - smallSize);
    }

    /** Goes on behind this element in what it was read from. */
    void leave(MatBytes in) throws IOException {
        data.pass(data.left());
        in.pass(padding);
    }

    /** All data of the next element, which must be of some type and size. */
    static ByteBuffer next(MatBytes in, String what, int type, long least, long most) throws IOException {
        MatElement element = next(in);
        long size = element.data.left();
        if (element.type != type || size < least || size > most) {
            throw new IOException("where " + what + " should be is an element of type " + element.type + " with " + size
                    + " bytes");
        }
        ByteBuffer bytes = element.data.next(size);
        element.leave(in);
        return bytes;
    }

    /** Returns the size of a number of the data in bytes, 0 if the data are no numbers. */
    int width() {
        return switch (type) {
            case INT8, UINT8 -> Byte.BYTES;
            case INT16, UINT16 -> Short.BYTES;
            case INT32, UINT32, SINGLE -> Integer.BYTES;
            case DOUBLE -> Double.BYTES;
            default -> 0;
        };
    }

    /** A number of the data, which has been read. */
    double number(ByteBuffer read, int index) {
        int at = index * width();
        return switch (type) {
            case INT8 -> read.get(at);
            case UINT8 -> Byte.toUnsignedInt(read.get(at));
            case INT16 -> read.getShort(at);
            case UINT16 -> Short.toUnsignedInt(read.getShort(at));
            case INT32 -> read.getInt(at);
            case UINT32 -> Integer.toUnsignedLong(read.getInt(at));
            case SINGLE -> read.getFloat(at);
            case DOUBLE -> read.getDouble(at);
            default -> throw new IllegalStateException("type " + type + " is none of numbers");
        };
    }
}
