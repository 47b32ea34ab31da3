package dev.unroll.bench.dataset;

import java.nio.CharBuffer;

/** Drops spaces at the beginning and the end of lines from a text that comes part by part. */
final class LineSpaces {
    private final PennTreebank.Stream stream;
    private CharBuffer left = CharBuffer.allocate(0); // reused for every part
    private boolean isAtStart = true; // of a line, but for spaces that were dropped
    private int waiting; // spaces that may be the last of their line

    LineSpaces(PennTreebank.Stream stream) {
        this.stream = stream;
    }

    /**
     * The next part of the text.
     *
     * @param part is read to its end
     * @return what is left of it, valid until the next call
     */
    CharBuffer drop(CharBuffer part) {
        int most = waiting + part.remaining();
        left = left.capacity() < most ? CharBuffer.allocate(most) : left.clear();
        while (part.hasRemaining()) {
            char c = part.get();
            switch (stream) {
                case AUTHORS -> dropFirst(c);
                case PUBLISHED -> dropOuter(c);
            }
        }
        return left.flip();
    }

    private void dropFirst(char c) {
        if (!isAtStart || c != ' ') {
            left.put(c);
        }
        isAtStart = c == '\n';
    }

    private void dropOuter(char c) {
        if (c == ' ') {
            waiting += isAtStart ? 0 : 1;
            return;
        }
        isAtStart = c == '\n';
        if (isAtStart) {
            waiting = 0;
        }
        for (; waiting > 0; waiting--) {
            left.put(' ');
        }
        left.put(c);
    }
}
