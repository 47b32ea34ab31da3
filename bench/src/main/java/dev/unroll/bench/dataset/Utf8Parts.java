package dev.unroll.bench.dataset;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The text of a file, part by part, without its byte order mark; knows the lines, so that a fault can be found. */
final class Utf8Parts implements Closeable {
    private static final int SIZE = 1 << 16;
    private static final char BYTE_ORDER_MARK = '\ufeff';

    private final Path file;
    private final InputStream in;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder(); // which reports what is malformed
    private final ByteBuffer bytes = ByteBuffer.allocate(SIZE);
    private final CharBuffer chars = CharBuffer.allocate(SIZE); // a character has no fewer bytes than units
    private long bytesBefore; // the first of the buffer
    private long linesBefore; // ended before the part
    private boolean isFirst = true;
    private boolean isAtEnd;

    Utf8Parts(Path file) throws IOException {
        this(file, open(file));
    }

    /** Reads from a stream that is closed with this; the file is for messages. */
    Utf8Parts(Path file, InputStream in) {
        this.file = file;
        this.in = in;
    }

    private static InputStream open(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new FileSystemException(file.toString(), null, "is a folder; give the text files in it");
        }
        try {
            return Files.newInputStream(file);
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException(file.toString(), null, "no such file; check the path");
        }
    }

    /** The next part, valid until the one after it is read; null at the end. */
    CharBuffer next() throws IOException {
        linesBefore += isFirst ? 0 : linesUpTo(chars.limit());
        if (isAtEnd) {
            return null;
        }
        int count = in.read(bytes.array(), bytes.position(), bytes.remaining());
        isAtEnd = count < 0;
        bytes.position(bytes.position() + Math.max(count, 0)).flip();
        chars.clear();
        CoderResult result = decoder.decode(bytes, chars, isAtEnd);
        chars.flip();
        if (result.isError()) {
            throw notUtf8();
        }
        bytesBefore += bytes.position();
        bytes.compact();
        if (chars.hasRemaining()) { // a pipe may have brought no more than half a character yet
            passByteOrderMark();
        }
        return chars;
    }

    private void passByteOrderMark() {
        if (isFirst && chars.get(0) == BYTE_ORDER_MARK) {
            chars.get();
        }
        isFirst = false;
    }

    private IOException notUtf8() {
        return new FileSystemException(file.toString(), null, String.format(
                "is no text in UTF-8: byte %,d, in line %,d, is 0x%02X; convert it first, such as from Latin-1 by iconv -f"
                        + " latin1 -t utf-8",
                bytesBefore + bytes.position() + 1,
                linesBefore + linesUpTo(chars.limit()) + 1,
                bytes.get(bytes.position())));
    }

    /** A fault of the character before the position of the part that was read last. */
    FileSystemException fault(CharBuffer part, String problem) {
        long line = linesBefore + linesUpTo(part.position() - 1) + 1;
        return new FileSystemException(file.toString(), null, "line " + line + ": " + problem);
    }

    private long linesUpTo(int end) {
        long lines = 0;
        for (int i = 0; i < end; i++) {
            lines += chars.get(i) == '\n' ? 1 : 0;
        }
        return lines;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
