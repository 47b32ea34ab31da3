package dev.unroll.bench.dataset;

import dev.unroll.rnn.text.TextEncoder;
import dev.unroll.rnn.text.Tokens;
import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;

/** Texts from files of the user's, in UTF-8 with or without a byte order mark. */
public final class TextFiles {
    private TextFiles() {}

    /**
     * Reads files one after the other, as far as the encoder wants, and keeps nothing but the ids. A line or a word
     * ends where its file does.
     *
     * @param files in UTF-8
     * @param encoder of all of them as one text
     * @return their ids
     * @throws IOException if one is missing, empty, no text in UTF-8, has a character that the encoder refuses, or
     *     cannot be read
     */
    public static Tokens read(List<Path> files, TextEncoder encoder) throws IOException {
        for (Path file : files) {
            if (encoder.isFull()) {
                break;
            }
            read(file, encoder);
        }
        return encoder.tokens();
    }

    private static void read(Path file, TextEncoder encoder) throws IOException {
        boolean isBlank = true;
        try (Utf8Parts parts = new Utf8Parts(file)) {
            for (CharBuffer part = parts.next(); part != null; part = encoder.isFull() ? null : parts.next()) {
                isBlank &= part.chars().allMatch(Character::isWhitespace);
                add(part, encoder, parts);
            }
        }
        encoder.endFile();
        if (isBlank) {
            throw new FileSystemException(file.toString(), null, "is empty; give a file with some text");
        }
    }

    private static void add(CharBuffer part, TextEncoder encoder, Utf8Parts parts) throws IOException {
        try {
            encoder.add(part);
        } catch (IllegalArgumentException e) {
            throw parts.fault(part, e.getMessage());
        }
    }

    /**
     * Reads a short text.
     *
     * @param file in UTF-8
     * @param most characters that it may have
     * @return the text
     * @throws IOException if the file is missing, no text in UTF-8, longer, or cannot be read
     */
    public static String read(Path file, int most) throws IOException {
        StringBuilder text = new StringBuilder();
        try (Utf8Parts parts = new Utf8Parts(file)) {
            for (CharBuffer part = parts.next(); part != null; part = parts.next()) {
                text.append(part);
                if (text.length() > most) {
                    throw new FileSystemException(
                            file.toString(), null, "has more than the " + most + " characters that are read of it;"
                                    + " give a shorter file");
                }
            }
        }
        return text.toString();
    }
}
