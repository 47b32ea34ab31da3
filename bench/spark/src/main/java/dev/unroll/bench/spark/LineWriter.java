package dev.unroll.bench.spark;

import java.io.Writer;
import java.util.function.Consumer;

/** Passes on what is written, line by line. */
final class LineWriter extends Writer {
    private final StringBuilder line = new StringBuilder();
    private final Consumer<String> lines;

    LineWriter(Consumer<String> lines) {
        this.lines = lines;
    }

    @Override
    public void write(char[] characters, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (characters[i] == '\n') {
                passOn();
            } else {
                line.append(characters[i]);
            }
        }
    }

    private void passOn() {
        lines.accept(line.toString());
        line.setLength(0);
    }

    @Override
    public void flush() {
        // a line is passed on at its end
    }

    @Override
    public void close() {
        if (!line.isEmpty()) {
            passOn();
        }
    }
}
