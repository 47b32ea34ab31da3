package dev.unroll.bench.queue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
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
        Path absolute = file.toAbsolutePath().normalize();
        Path folder = absolute.resolveSibling(absolute.getFileName() + ".state");
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

    Path path() {
        return folder;
    }

    Path states() {
        return folder.resolve("state.json");
    }

    Path lock() {
        return folder.resolve("lock");
    }

    /** Somebody wants nothing to be started. */
    Marker paused() {
        return paused;
    }

    /** Somebody wants the running queue to try again what failed. */
    Marker retry() {
        return retry;
    }

    /** Where the output of a run goes: a name that shows which it is, and is of no other. */
    RunLog log(QueuedRun run) {
        String shown =
                run.outOrNull() == null ? run.arguments().getFirst() : String.valueOf(run.outOrNull().getFileName());
        String safe = shown.replaceAll("[^\\w.-]", "_");
        return log(safe.substring(0, Math.min(LONGEST_NAME, safe.length()))
                + String.format("-%08x.log", run.text().hashCode()));
    }

    RunLog log(String name) {
        return new RunLog(folder.resolve(name));
    }
}
