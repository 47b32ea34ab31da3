package dev.unroll.rnn.io;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;

/**
 * One checkpoint as a safetensors file, which describes itself: values as JSON in its metadata, and the SHA-256 of both
 * values and numbers. It is replaced as a whole, and what is read from it is what was written or nothing.
 *
 * <p>For one thread at a time.
 */
public final class CheckpointFile {
    private static final String FORMAT = "checkpoint";
    private static final int VERSION = 1;

    private CheckpointFile() {}

    /**
     * Writes a file, or replaces it.
     *
     * @param file in a folder that is there
     * @param state of everything that is to be resumed
     * @throws IOException if writing fails; the file then holds what it held before
     */
    public static void write(Path file, Resumable state) throws IOException {
        StateWriter writer = new StateWriter();
        writer.put(FORMAT, (long) VERSION);
        state.saveState(writer);
        DescribedTensors.replace(file, writer.values(), writer.tensors());
    }

    /**
     * Reads a file.
     *
     * @param file that {@link #write} wrote
     * @param state takes over what is in it; it is called only if no bit of the file has changed
     * @throws DamagedCheckpointException if the file cannot be read, is damaged, cut short or no checkpoint; the state was
     *     not called
     * @throws IllegalArgumentException if the checkpoint is of something else, or of a later version of this library
     * @throws IOException if the state fails to read from it
     */
    public static void read(Path file, Resumable state) throws IOException {
        AtomicFile.uninterrupted(() -> {
            try (DescribedTensors tensors = open(file)) {
                state.restoreState(new StateReader(values(file, tensors), tensors.tensors()));
                return null;
            }
        });
    }

    private static DescribedTensors open(Path file) throws IOException {
        try {
            return DescribedTensors.open(file);
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            throw new DamagedCheckpointException(e);
        }
    }

    private static JsonObject values(Path file, DescribedTensors tensors) throws IOException {
        JsonObject values;
        try {
            values = tensors.description();
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            throw new DamagedCheckpointException(e);
        }
        if (!values.has(FORMAT)) {
            throw new DamagedCheckpointException(
                    new MalformedFileException(file.toString(), "not a checkpoint: its description lacks the member \""
                            + FORMAT + "\"; move it out of the folder of the checkpoints"));
        }
        long version = values.integer(FORMAT);
        if (version != VERSION) {
            throw new IllegalArgumentException(
                    Shown.message(file.toString(), "is a checkpoint of version " + version + ", and this library reads"
                            + " version " + VERSION + "; resume it with the library that wrote it"));
        }
        return values;
    }
}
