package dev.unroll.bench.queue;

import dev.unroll.rnn.io.AtomicFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The folder beside the file of a queue, {@code FILE.state}, with all that is known of its runs. */
public final class QueueFolder {
    private static final int LONGEST_NAME = 40;

    private final Path folder;
    private final Marker paused;
    private final Marker retry;

    private QueueFolder(Path folder) {
        this.folder = folder;
        paused = new Marker(folder.resolve("paused"));
        retry = new Marker(folder.resolve("retry"));
    }

    /**
     * The folder of a file, made if it is not there.
     *
     * @param file of runs
     * @return its folder
     * @throws IOException if it cannot be made
     */
    public static QueueFolder of(Path file) throws IOException {
        Path folder = path(file);
        try {
            Files.createDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            throw new FileSystemException(folder.toString(), null,
                    "is no folder, but the state of the queue goes into one of that name; move it away");
        }
        if (!Files.isWritable(folder)) {
            throw new FileSystemException(folder.toString(), null,
                    "cannot be written, but the state of the queue goes there; check its permissions");
        }
        return new QueueFolder(folder.toRealPath());
    }

    /**
     * Whether a file has a folder, for it has or had a queue.
     *
     * @param file of runs, which may be gone
     * @return whether there is one
     * @throws IOException if one cannot tell
     */
    public static boolean exists(Path file) throws IOException {
        return Files.exists(path(file));
    }

    /** A file has one queue, whatever links lead to it. */
    private static Path path(Path file) throws IOException {
        Path real = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath().normalize();
        return real.resolveSibling(real.getFileName() + ".state");
    }

    Path path() {
        return folder;
    }

    /**
     * Where the queue was started first: relative paths mean the same for ever. It has a file of its own, which
     * outlives a state that is damaged.
     *
     * @return null if it was never started
     */
    Path workingFolderOrNull() throws IOException {
        Path file = workingFolderFile();
        if (Files.notExists(file)) {
            return null;
        }
        try {
            return Path.of(Files.readString(file));
        } catch (InvalidPathException | CharacterCodingException e) {
            throw new FileSystemException(file.toString(), null,
                    "must hold the path of the folder that relative paths start from; write it there");
        }
    }

    /** Fixes for ever where relative paths start from. */
    void workingFolder(Path absolute) throws IOException {
        AtomicFile.replace(workingFolderFile(), AtomicFile.Contents.text(absolute.toString()));
    }

    Path workingFolderFile() {
        return folder.resolve("working-folder");
    }

    Path states() {
        return folder.resolve("state.json");
    }

    Path lock() {
        return folder.resolve("lock");
    }

    /** Tells whether the queue is to pause. */
    Marker paused() {
        return paused;
    }

    /** Tells whether the running queue is to retry failed runs. */
    Marker retry() {
        return retry;
    }

    /** Where the output of a run goes: a name that shows which it is, and is of no other. */
    RunLog log(QueuedRun run) {
        String shown =
                run.outOrNull() == null ? run.command() : String.valueOf(run.outOrNull().getFileName());
        String safe = shown.replaceAll("[^\\w.-]", "_");
        return log(safe.substring(0, Math.min(LONGEST_NAME, safe.length()))
                + String.format("-%08x.log", run.text().hashCode()));
    }

    RunLog log(String name) {
        return new RunLog(folder.resolve(name));
    }

    /** A wish that one process tells another by a file's being there; it outlives both. */
    record Marker(Path file) {
        boolean isSet() {
            return Files.exists(file);
        }

        void set() throws IOException {
            try {
                Files.createFile(file);
            } catch (FileAlreadyExistsException e) {
                // somebody has the same wish
            }
        }

        /** False if it was not set. */
        boolean remove() throws IOException {
            return Files.deleteIfExists(file);
        }
    }
}
