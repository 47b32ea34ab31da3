package dev.unroll.bench.queue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

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
