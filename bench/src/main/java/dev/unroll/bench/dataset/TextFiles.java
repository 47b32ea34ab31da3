package dev.unroll.bench.dataset;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Texts from files of the user's. */
public final class TextFiles {
    private TextFiles() {}

    /**
     * Reads files one after the other.
     *
     * @param files in UTF-8
     * @return their texts joined
     * @throws IOException if one is missing, empty, no text in UTF-8, or cannot be read
     */
    public static String read(List<Path> files) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Path file : files) {
            text.append(read(file));
        }
        return text.toString();
    }

    private static String read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new FileSystemException(file.toString(), null, "is a folder; give the text files in it");
        }
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException(file.toString(), null, "no such file; check the path");
        } catch (CharacterCodingException e) {
            throw new FileSystemException(file.toString(), null, "is no text in UTF-8; convert it first");
        }
        if (text.isBlank()) {
            throw new FileSystemException(file.toString(), null, "is empty; give a file with some text");
        }
        return text;
    }
}
