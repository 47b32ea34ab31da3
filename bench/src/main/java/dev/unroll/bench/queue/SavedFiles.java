package dev.unroll.bench.queue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a run has saved up to a moment: two of them are equal if it has saved nothing in between.
 *
 * @param times of the last change of the files in its folder, without hidden ones, which are no results
 */
record SavedFiles(Map<Path, FileTime> times) {
    private static final int DEPTH = 3;

    static SavedFiles of(Path folderOrNull) {
        Map<Path, FileTime> times = new HashMap<>();
        if (folderOrNull != null && Files.isDirectory(folderOrNull)) {
            try (Stream<Path> files = Files.walk(folderOrNull, DEPTH)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    if (Files.isRegularFile(file) && !file.getFileName().toString().startsWith(".")) {
                        times.put(file, Files.getLastModifiedTime(file));
                    }
                }
            } catch (IOException | UncheckedIOException e) {
                // a file that has just gone; then there are differences anyway
            }
        }
        return new SavedFiles(times);
    }
}
