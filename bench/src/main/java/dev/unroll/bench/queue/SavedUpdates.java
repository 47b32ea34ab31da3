package dev.unroll.bench.queue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How far a run has got, as the names of its checkpoints say. That a file is newer says nothing: a training writes
 * checkpoints as soon as it is started, to find out whether it can.
 */
final class SavedUpdates {
    private static final Pattern CHECKPOINT = Pattern.compile("(?:checkpoint|finished)-([0-9]{1,18})\\.safetensors");
    private static final int DEPTH = 2; // the checkpoints are in a folder of their own

    private SavedUpdates() {}

    /** The most updates of a checkpoint in a folder: 0 if there is none, or none that can be seen. */
    static long of(Path folderOrNull) {
        if (folderOrNull == null || !Files.isDirectory(folderOrNull)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(folderOrNull, DEPTH)) {
            return files.map(file -> CHECKPOINT.matcher(String.valueOf(file.getFileName())))
                    .filter(Matcher::matches)
                    .mapToLong(name -> Long.parseLong(name.group(1)))
                    .max()
                    .orElse(0);
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }
}
