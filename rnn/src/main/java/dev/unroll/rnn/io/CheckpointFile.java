package dev.unroll.rnn.io;

import java.io.IOException;
import java.nio.file.Path;

/**
 * One checkpoint as a safetensors file, which describes itself: values as JSON in its metadata, and the SHA-256 of both
 * values and numbers. It is replaced as a whole, and what is read from it is what was written or nothing.
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
     * @throws MalformedFileException if the file is damaged, cut short, no checkpoint, or one of another version
     * @throws IllegalArgumentException if the checkpoint is of something else
     * @throws IOException if reading fails
     */
    public static void read(Path file, Resumable state) throws IOException {
        AtomicFile.uninterrupted(() -> {
            try (DescribedTensors tensors = DescribedTensors.open(file)) {
                JsonObject values = tensors.description();
                if (!values.has(FORMAT)) {
                    throw new MalformedFileException(file.toString(), "is no checkpoint, but another file of tensors");
                }
                values.integer(FORMAT, VERSION, VERSION);
                state.restoreState(new StateReader(values, tensors.tensors()));
                return null;
            }
        });
    }
}
