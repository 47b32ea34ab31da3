package dev.unroll.bench.cli.train;

import dev.unroll.bench.cli.common.CommandLines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Saves a model that nobody could train again in the first place that takes it: a new folder in the working folder, or
 * else in that for temporary files, or the user's home.
 */
final class SafePlace {
    private static final int MOST = 1_000;

    private SafePlace() {}

    /** Saves into a folder. */
    @FunctionalInterface
    interface Saver {
        void save(Path folder) throws IOException;
    }

    /**
     * Saves into a new folder.
     *
     * @param saver tried in one place after the other
     * @param first where to try before the usual places, or null
     * @param names of the new folder, the first that the place takes; a number is added if it is taken
     * @return the folder
     * @throws IOException if no place takes it, with every reason
     */
    static Path save(Saver saver, Path first, String... names) throws IOException {
        List<Path> places = new ArrayList<>();
        if (first != null) {
            places.add(first.toAbsolutePath());
        }
        for (String property : new String[] {"user.dir", "java.io.tmpdir", "user.home"}) {
            places.add(Path.of(System.getProperty(property)));
        }
        List<String> reasons = new ArrayList<>();
        for (Path place : places) {
            for (String name : names) { // one with the name of a folder may be too long
                try {
                    return saveIn(saver, place, name);
                } catch (IOException | UncheckedIOException e) {
                    reasons.add(place.resolve(name) + " (" + CommandLines.reason(e) + ")");
                }
            }
        }
        throw new IOException("the model could not be saved anywhere: not in " + String.join(", nor in ", reasons));
    }

    private static Path saveIn(Saver saver, Path place, String name) throws IOException {
        Path folder = newFolder(place, name);
        try {
            saver.save(folder);
            return folder;
        } catch (IOException | RuntimeException e) {
            deleteIfEmpty(folder);
            throw e;
        }
    }

    private static void deleteIfEmpty(Path folder) {
        try {
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            // what was written of the model is still in it
        }
    }

    /** Making it is what claims the name: of two processes at once only one can. */
    private static Path newFolder(Path place, String name) throws IOException {
        for (int i = 1; i <= MOST; i++) {
            Path folder = place.resolve(i == 1 ? name : name + "-" + i);
            try {
                return Files.createDirectory(folder);
            } catch (FileAlreadyExistsException e) {
                // somebody else's
            }
        }
        throw new FileAlreadyExistsException(place.resolve(name).toString(), null,
                "exists with every number up to " + MOST + "; remove some of them");
    }
}
