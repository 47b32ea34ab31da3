package dev.unroll.bench.dataset;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.IntToDoubleFunction;
import java.util.zip.Deflater;

/** Bytes of MATLAB 5 files, sound ones and others, in either order. */
record MatBuilder(ByteOrder order) {
    static final int CELL = 1;
    static final int DOUBLE_CLASS = 6;
    static final int UINT8_CLASS = 9;

    private ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(order);
    }

    byte[] ints(int... values) {
        ByteBuffer bytes = buffer(4 * values.length);
        for (int value : values) {
            bytes.putInt(value);
        }
        return bytes.array();
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** An element that announces a size, whatever it has. */
    byte[] announced(int type, int size, byte... data) {
        return join(ints(type, size), data, new byte[type == MatElement.COMPRESSED ? 0 : -data.length & 7]);
    }

    byte[] element(int type, byte... data) {
        return announced(type, data.length, data);
    }

    byte[] small(int type, byte... data) {
        return join(ints(data.length << 16 | type), data, new byte[4 - data.length]);
    }

    /** What an array begins with. */
    byte[] head(int kind, int rows, int columns, String name) {
        byte[] characters = name.getBytes(StandardCharsets.ISO_8859_1);
        return join(element(MatElement.UINT32, ints(kind, 0)), element(MatElement.INT32, ints(rows, columns)),
                characters.length > 0 && characters.length <= 4
                        ? small(MatElement.INT8, characters)
                        : element(MatElement.INT8, characters));
    }

    byte[] array(byte[] head, byte[]... content) {
        return element(MatElement.MATRIX, join(head, join(content)));
    }

    /** A matrix whose numbers, column by column, are stored as some type. */
    byte[] matrix(int kind, int type, int rows, int columns, IntToDoubleFunction numbers) {
        ByteBuffer data = buffer(8 * rows * columns);
        for (int i = 0; i < rows * columns; i++) {
            double value = numbers.applyAsDouble(i);
            switch (type) {
                case MatElement.DOUBLE -> data.putDouble(value);
                case MatElement.SINGLE -> data.putFloat((float) value);
                case MatElement.INT16, MatElement.UINT16 -> data.putShort((short) value);
                case MatElement.INT32, MatElement.UINT32 -> data.putInt((int) value);
                default -> data.put((byte) value);
            }
        }
        byte[] bytes = new byte[data.position()];
        data.flip().get(bytes);
        return array(head(kind, rows, columns, ""), element(type, bytes));
    }

    byte[] cells(String name, byte[]... pieces) {
        return array(head(CELL, 1, pieces.length, name), pieces);
    }

    byte[] packed(byte[] element) {
        return element(MatElement.COMPRESSED, deflated(element));
    }

    static byte[] deflated(byte[] bytes) {
        Deflater deflater = new Deflater();
        deflater.setInput(bytes);
        deflater.finish();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] part = new byte[1 << 13];
        while (!deflater.finished()) {
            out.write(part, 0, deflater.deflate(part));
        }
        deflater.end();
        return out.toByteArray();
    }

    byte[] file(byte[]... elements) {
        ByteBuffer header = buffer(128);
        header.put("MATLAB 5.0 MAT-file".getBytes(StandardCharsets.ISO_8859_1));
        header.putShort(124, (short) 0x0100).putShort(126, (short) ('M' << 8 | 'I'));
        return join(header.array(), join(elements));
    }
}
