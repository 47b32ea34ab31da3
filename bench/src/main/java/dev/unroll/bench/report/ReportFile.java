package dev.unroll.bench.report;

import dev.unroll.rnn.io.AtomicFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file of results: it is there as a whole or not at all, whenever the program is stopped. */
public final class ReportFile {
    private ReportFile() {}

    /** Writes the contents. */
    @FunctionalInterface
    public interface Contents {
        /**
         * Writes them.
         *
         * @param out where to; not to be closed
         * @throws IOException if it cannot be written
         */
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Refuses early what {@link #write} would refuse in the end, perhaps after hours.
     *
     * @param file to be written later
     * @throws FileSystemException with the reason
     */
    public static void requireWritable(Path file) throws FileSystemException {
        if (Files.isDirectory(file)) {
            throw new FileSystemException(file.toString(), null, "is a folder; name a file for the results");
        }
        Path folder = folder(file);
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(file.toString(), null, "no folder " + folder + "; make it first");
        }
        if (!Files.isWritable(Files.exists(file) ? file : folder)) {
            throw new AccessDeniedException(file.toString(), null, "cannot be written; check its permissions");
        }
    }

    /**
     * Writes a file, or replaces it. What is no plain file, such as {@code /dev/stdout}, is written to as it is.
     *
     * @param file which
     * @param contents what
     * @throws IOException if it cannot be written
     */
    public static void write(Path file, Contents contents) throws IOException {
        if (Files.exists(file) && (!Files.isRegularFile(file) || !Files.isWritable(folder(file)))) {
            try (OutputStream out = Files.newOutputStream(file)) {
                contents.writeTo(out);
            }
            return;
        }
        AtomicFile.replace(file, channel -> contents.writeTo(Channels.newOutputStream(channel)));
    }

    private static Path folder(Path file) {
        return file.toAbsolutePath().getParent();
    }
}
