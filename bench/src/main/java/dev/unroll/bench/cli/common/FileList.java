package dev.unroll.bench.cli.common;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Files as options give them: the option repeated, or several names with commas between them. */
public final class FileList {
    private FileList() {}

    /**
     * The names one by one. A comma belongs to a name if there is a file with it.
     *
     * @param given the values of the option, one per occurrence
     * @return names of files
     */
    public static List<String> names(List<String> given) {
        return given.stream().flatMap(FileList::names).toList();
    }

    /**
     * The files of {@link #names}.
     *
     * @param given the values of the option, one per occurrence; null for nothing
     * @return paths, none for nothing
     */
    public static List<Path> paths(List<String> given) {
        return given == null ? List.of() : names(given).stream().map(Path::of).toList();
    }

    private static Stream<String> names(String given) {
        String[] parts = given.split(",");
        return parts.length < 2 || isFile(given) ? Stream.of(given) : Arrays.stream(parts);
    }

    private static boolean isFile(String name) {
        try {
            return Files.exists(Path.of(name));
        } catch (InvalidPathException e) { // said where the file is read
            return false;
        }
    }
}
