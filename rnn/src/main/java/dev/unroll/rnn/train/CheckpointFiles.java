package dev.unroll.rnn.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The checkpoint files in a folder, named by the number of updates.
 *
 * @param folder where they are
 */
record CheckpointFiles(Path folder) {
    private static final String UNFINISHED = "checkpoint";
    private static final String FINISHED = "finished";

    /** Returns the checkpoints of a training that has not ended, the newest first. */
    List<Path> unfinished() throws IOException {
        return all(UNFINISHED);
    }

    /** Returns the checkpoints of a training that has ended, the newest first. */
    List<Path> finished() throws IOException {
        return all(FINISHED);
    }

    /** Returns the file of a checkpoint after so many updates. */
    Path unfinished(long updates) {
        return folder.resolve(String.format(Locale.ROOT, "%s-%012d.safetensors", UNFINISHED, updates));
    }

    /** Marks a checkpoint as that of a training that has ended. */
    void finish(Path file) throws IOException {
        String name = file.getFileName().toString().replace(UNFINISHED, FINISHED);
        Files.move(file, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }

    void deleteAllBut(Path file, Consumer<String> warnings) throws IOException {
        List<Path> others = unfinished();
        others.remove(file);
        delete(others, warnings);
    }

    /** Deletes older files than one and those right before it. */
    void deleteBefore(Path file, int toKeep, Consumer<String> warnings) throws IOException {
        List<Path> all = unfinished();
        int own = all.indexOf(file);
        if (own >= 0 && all.size() - own > toKeep) {
            delete(all.subList(own + toKeep, all.size()), warnings);
        }
    }

    /** Deletes files; one that cannot be deleted takes room and does no other harm. */
    void delete(List<Path> files, Consumer<String> warnings) {
        for (Path file : files) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                warnings.accept("an old checkpoint could not be deleted: " + e);
            }
        }
    }

    private List<Path> all(String beginning) throws IOException {
        Pattern name = Pattern.compile(beginning + "-[0-9]{12,19}\\.safetensors");
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = new ArrayList<>(entries.filter(
                    entry -> name.matcher(entry.getFileName().toString()).matches()).toList());
            files.sort(Comparator.comparing((Path file) -> file.getFileName().toString().length())
                    .thenComparing(Path::getFileName)
                    .reversed());
            return files;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
