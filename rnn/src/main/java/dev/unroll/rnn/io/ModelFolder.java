package dev.unroll.rnn.io;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A folder of a few known files that is replaced as one: whenever the machine stops, either the old files or the new
 * ones are there, complete.
 *
 * <p>{@link #write} fills a folder {@code .NAME.new-...} beside the target and forces it to disk, renames the target to
 * {@code .NAME.old}, renames the new folder to the target, and deletes the old one. Between the two renames the target
 * is missing; a stop there leaves the old model under its other name, where {@link #path} finds it and from where the
 * next write puts it back before it begins. What else a stop leaves behind is deleted by the next write.
 *
 * <p>One writer at a time: of two that write to one target at once, one may fail with an exception, but their files are
 * never mixed.
 */
public final class ModelFolder {
    /** Writes the content of one file. */
    @FunctionalInterface
    public interface FileWriter {
        /**
         * Writes the file.
         *
         * @param channel an empty file, closed and forced to disk by the caller
         * @throws IOException if writing fails; the folder stays as it was
         */
        void write(FileChannel channel) throws IOException;

        /**
         * Writes a text in UTF-8.
         *
         * @param text the whole content
         * @return its writer
         */
        static FileWriter text(String text) {
            return channel -> {
                ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            };
        }
    }

    /** Windows neither lets one open a folder nor needs it. */
    private static final boolean FORCES_FOLDERS = File.separatorChar == '/';

    private final Path target;
    private final Path old;
    private final String newPrefix;
    private final Set<String> names;

    /**
     * A folder that exists or is to be written; looks at no file yet.
     *
     * @param path the folder; a symbolic link is followed
     * @param names every file that such a folder may hold, now or in another version: a folder with anything else in
     *     it is not replaced
     * @throws IllegalArgumentException if the path is a root
     * @throws IOException if a link cannot be followed
     */
    public ModelFolder(Path path, Set<String> names) throws IOException {
        target = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath().normalize();
        if (target.getFileName() == null) {
            throw new IllegalArgumentException(path + " cannot be a model's folder: name a folder in it");
        }
        old = target.resolveSibling("." + target.getFileName() + ".old");
        newPrefix = "." + target.getFileName() + ".new-";
        this.names = Set.copyOf(names);
    }

    /**
     * Where to read the files.
     *
     * @return the folder; after a stop in the middle of a write perhaps {@code .NAME.old}, which is complete
     * @throws NoSuchFileException if there is none
     * @throws FileSystemException if there is a file in its place
     * @throws IOException if the folder cannot be listed
     */
    public Path path() throws IOException {
        if (Files.isRegularFile(target)) {
            throw new FileSystemException(target.toString(), null, "a file, not the folder of a saved model");
        }
        if (holdsFiles(target)) {
            return target;
        }
        if (holdsFiles(old)) {
            return old;
        }
        throw new NoSuchFileException(target.toString(), null, "no saved model there; give the folder of one");
    }

    /**
     * Refuses early what {@link #write} would refuse in the end, perhaps after hours of training.
     *
     * @throws FileAlreadyExistsException if a file, or a folder that holds foreign files, is in the way
     * @throws IOException if the folder cannot be listed
     */
    public void requireReplaceable() throws IOException {
        requireOurs(target);
        requireOurs(old);
    }

    /**
     * Replaces the folder and everything in it, or makes it.
     *
     * @param files a writer for each file
     * @throws IllegalArgumentException if a file is not among the names given to the constructor
     * @throws FileAlreadyExistsException if something else is in the way, which is left alone: a file, or a folder that
     *     holds anything but the names given to the constructor
     * @throws IOException if writing fails; the folder then holds what it held before
     */
    public void write(Map<String, FileWriter> files) throws IOException {
        if (!names.containsAll(files.keySet())) {
            throw new IllegalArgumentException(
                    "cannot write " + files.keySet() + ": the files of a model are " + new TreeSet<>(names));
        }
        requireReplaceable();
        Files.createDirectories(target.getParent());
        recover();
        Path fresh = freshName();
        try {
            Files.createDirectory(fresh);
            for (Map.Entry<String, FileWriter> file : files.entrySet()) {
                fill(fresh.resolve(file.getKey()), file.getValue());
            }
            forceFolder(fresh);
            exchange(fresh);
        } catch (Throwable e) {
            deleteAfter(e, fresh);
            throw e;
        }
        delete(old);
    }

    /** Ends what a stop in the middle of an earlier write left undone. */
    private void recover() throws IOException {
        if (holdsFiles(old) && !holdsFiles(target)) {
            Files.deleteIfExists(target);
            Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
        }
        delete(old);
        for (Path leftover : list(target.getParent(), newPrefix)) {
            // Renamed first: should it be a running writer's after all, that one fails and never publishes half of it.
            Path mine = freshName();
            Files.move(leftover, mine, StandardCopyOption.ATOMIC_MOVE);
            delete(mine);
        }
    }

    private static void fill(Path file, FileWriter writer) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            writer.write(channel);
            channel.force(true);
        }
    }

    private void exchange(Path fresh) throws IOException {
        boolean replaces = Files.exists(target);
        if (replaces) {
            Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
        }
        try {
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (replaces && Files.notExists(target)) {
                Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
            }
            throw e;
        }
        forceFolder(target.getParent());
    }

    private Path freshName() {
        return target.resolveSibling(newPrefix + UUID.randomUUID());
    }

    /** Deletes a folder of ours, if it is there: no file but those that were named, and nothing in other folders. */
    private void delete(Path folder) throws IOException {
        requireOurs(folder);
        for (String name : names) {
            Files.deleteIfExists(folder.resolve(name));
        }
        Files.deleteIfExists(folder);
    }

    private void deleteAfter(Throwable failure, Path folder) {
        try {
            delete(folder);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** Refuses to go on over anything that is not a folder of ours, or nothing at all. */
    private void requireOurs(Path folder) throws IOException {
        if (Files.notExists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw new FileAlreadyExistsException(
                    folder.toString(), null, "a file is where the model's folder should be; choose another folder");
        }
        for (Path entry : list(folder, "")) {
            String name = entry.getFileName().toString();
            if (!names.contains(name) || !Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileAlreadyExistsException(folder.toString(), null, "holds " + Shown.quote(name)
                        + ", which is no file of a saved model, and is not replaced; choose another folder");
            }
        }
    }

    private static boolean holdsFiles(Path folder) throws IOException {
        return Files.isDirectory(folder) && !list(folder, "").isEmpty();
    }

    private static List<Path> list(Path folder, String prefix) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> entry.getFileName().toString().startsWith(prefix))
                    .toList();
        }
    }

    private static void forceFolder(Path folder) throws IOException {
        if (FORCES_FOLDERS) {
            try (FileChannel channel = FileChannel.open(folder)) {
                channel.force(true);
            }
        }
    }

    /** Says of a missing file what to do, which the platform's own exception does not. */
    static void requireFile(Path file) throws FileSystemException {
        if (Files.notExists(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such file; check the path or save it again");
        }
        if (!Files.isRegularFile(file)) {
            throw new FileSystemException(file.toString(), null, "not a regular file");
        }
    }
}
