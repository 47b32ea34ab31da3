package dev.unroll.rnn.io;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Replaces files as a whole: whenever the machine stops, a file holds either what it held before or all of what was
 * written.
 *
 * <p>What is written goes to a temporary file in the same folder, is forced to disk, read back and compared, and then
 * renamed. A file that is there keeps its permissions, its owner and its group as far as the system lets one set them; a
 * symbolic link stays and the file that it names is replaced. A thread that is or gets interrupted completes its write,
 * and stays interrupted. Of two writers of one file the last one wins, whole.
 *
 * <p>All methods may be called by any number of threads.
 */
public final class AtomicFile {
    private static final String TEMPORARY = ".unroll-saving-";
    private static final int MAX_LINKS = 40;

    /** Windows neither lets one open a folder nor needs it. */
    private static final boolean FORCES_FOLDERS = File.separatorChar == '/';

    /** Names of the temporary files of this process; a lock on a file tells only other processes that it is in use. */
    private static final Set<String> IN_USE = ConcurrentHashMap.newKeySet();

    /** So often a file is begun again that another process took for a leftover before it could be locked. */
    private static final int TRIES = 3;

    private static final Set<StandardOpenOption> NEW =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OF_GROUP = PosixFilePermissions.fromString("---rwx---");

    private AtomicFile() {}

    /** Writes the contents of a file. */
    @FunctionalInterface
    public interface Contents {
        /**
         * Writes them from their beginning; called again after an interrupt.
         *
         * @param channel an empty file, closed by the caller
         * @throws IOException if writing fails; the file then holds what it held before
         */
        void writeTo(WritableByteChannel channel) throws IOException;

        /**
         * A text in UTF-8.
         *
         * @param text the whole contents
         * @return their writer
         */
        static Contents text(String text) {
            return channel -> writeFully(channel, StandardCharsets.UTF_8.encode(text));
        }
    }

    /**
     * Replaces a file, or makes it. Its folder must be there.
     *
     * @param file to be replaced
     * @param contents of the new file
     * @return the SHA-256 of the contents, 64 hexadecimal digits
     * @throws FileAlreadyExistsException if something else than a file is in the way
     * @throws IOException if writing fails; the file then holds what it held before
     */
    public static String replace(Path file, Contents contents) throws IOException {
        Path target = follow(file);
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw new FileAlreadyExistsException(target.toString(), null,
                    "not a regular file, so it cannot be replaced; choose another name");
        }
        for (int tries = 1;; tries++) {
            try {
                return uninterrupted(() -> replaceOnce(target, contents));
            } catch (NoSuchFileException e) {
                if (tries == TRIES || Files.notExists(target.toAbsolutePath().getParent())) {
                    throw e;
                }
            }
        }
    }

    private static String replaceOnce(Path target, Contents contents) throws IOException {
        Path temporary = target.resolveSibling(TEMPORARY + UUID.randomUUID());
        IN_USE.add(temporary.getFileName().toString());
        try {
            return replace(target, temporary, contents);
        } finally {
            IN_USE.remove(temporary.getFileName().toString());
            Files.deleteIfExists(temporary);
        }
    }

    private static String replace(Path target, Path temporary, Contents contents) throws IOException {
        try (FileChannel channel = FileChannel.open(temporary, NEW, attributesOfNew(target))) {
            lock(channel); // held until the file has its name, so that no other process takes it for a leftover
            Sha256 written = new Sha256();
            contents.writeTo(written.over(channel));
            channel.force(true);
            String digest = written.hex();
            if (!Sha256.of(channel.position(0)).equals(digest)) {
                throw new IOException(Shown.message(target.toString(),
                        "the bytes read back are not those that were written; check the disk and the memory"));
            }
            keepAttributes(target, temporary);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            force(target.toAbsolutePath().getParent());
            return digest;
        }
    }

    /** What is to replace a private file is not for others to read meanwhile. */
    private static FileAttribute<?>[] attributesOfNew(Path target) {
        boolean isPosix = Files.exists(target)
                && Files.getFileAttributeView(target, PosixFileAttributeView.class) != null;
        return isPosix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
                : new FileAttribute<?>[0];
    }

    /** Replaces a file as it will be replaced later. */
    @FunctionalInterface
    interface Rehearsal {
        void replace(Path file) throws IOException;
    }

    /**
     * Tries whether files of a folder can be replaced, with a file of another name: all that will be done is done, with as
     * many bytes, so that a disk or a quota without room is found too.
     *
     * @param folder that is there
     * @param rehearsal replaces the file that it is given
     * @throws IOException with the reason why it cannot be done
     */
    static void rehearse(Path folder, Rehearsal rehearsal) throws IOException {
        removeLeftovers(folder);
        Path file = folder.resolve(TEMPORARY + "rehearsal-" + UUID.randomUUID());
        IN_USE.add(file.getFileName().toString());
        try {
            replace(file, Contents.text("what is there"));
            rehearsal.replace(file);
        } finally {
            IN_USE.remove(file.getFileName().toString());
            Files.deleteIfExists(file);
        }
    }

    /**
     * Deletes what writers that were killed have left in a folder; what writers are working on, in whatever process, is
     * left alone, and so is what cannot be deleted.
     *
     * @param folder that is there
     */
    public static void removeLeftovers(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path leftover : entries.filter(AtomicFile::isLeftover).toList()) {
                uninterrupted(() -> {
                    deleteUnlessInUse(leftover);
                    return null;
                });
            }
        } catch (IOException | UncheckedIOException e) {
            // they take room and do no other harm
        }
    }

    private static boolean isLeftover(Path entry) {
        String name = entry.getFileName().toString();
        return name.startsWith(TEMPORARY) && !IN_USE.contains(name) && Files.isRegularFile(entry);
    }

    private static void deleteUnlessInUse(Path leftover) throws IOException {
        try (FileChannel channel = FileChannel.open(leftover, StandardOpenOption.WRITE)) {
            if (lock(channel)) {
                Files.deleteIfExists(leftover);
            }
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            // its writer has just ended, or it is another user's
        }
    }

    /** False if another process holds the file, or the file system has no locks. */
    private static boolean lock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (OverlappingFileLockException | IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    private static void keepAttributes(Path target, Path temporary) throws IOException {
        if (Files.notExists(target)) {
            return;
        }
        PosixFileAttributeView there = Files.getFileAttributeView(target, PosixFileAttributeView.class);
        PosixFileAttributeView here = Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
        if (there == null || here == null) {
            return; // such as on Windows, where the folder decides
        }
        PosixFileAttributes wanted = there.readAttributes();
        PosixFileAttributes given = here.readAttributes();
        Set<PosixFilePermission> permissions = EnumSet.copyOf(wanted.permissions());
        if (!given.group().equals(wanted.group()) && !tries(() -> here.setGroup(wanted.group()))) {
            permissions.removeAll(OF_GROUP); // they were for others than the group that it has now
        }
        here.setPermissions(permissions);
        if (!given.owner().equals(wanted.owner())) {
            tries(() -> here.setOwner(wanted.owner()));
        }
    }

    /** Only root may give files away; what others save belongs to them. */
    private static boolean tries(Change change) {
        try {
            change.run();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** A change of a file's attributes. */
    private interface Change {
        void run() throws IOException;
    }

    /**
     * Where a path ends that may be a symbolic link, to something that may not be there yet.
     *
     * @param path any
     * @return the path itself if it is no link
     * @throws IOException if the links go round in a circle
     */
    static Path follow(Path path) throws IOException {
        Path end = path;
        for (int i = 0; Files.isSymbolicLink(end); i++) {
            if (i == MAX_LINKS) {
                throw new FileSystemException(path.toString(), null, "more than " + MAX_LINKS
                        + " symbolic links, one behind another or in a circle; give the file that is meant");
            }
            end = end.resolveSibling(Files.readSymbolicLink(end));
        }
        return end;
    }

    /** Forces the names in a folder to disk, where the file system knows how: the file itself is there by now. */
    private static void force(Path folder) throws IOException {
        if (!FORCES_FOLDERS) {
            return;
        }
        try (FileChannel channel = FileChannel.open(folder)) {
            channel.force(true);
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            // such as a folder that may be written but not read, or one of another system's
        }
    }

    static void writeFully(WritableByteChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** The text of a small file, read whatever interrupts come. */
    static byte[] readUpTo(Path file, int bytes) throws IOException {
        return uninterrupted(() -> {
            try (InputStream in = Files.newInputStream(file)) {
                return in.readNBytes(bytes);
            }
        });
    }

    /** Work on files that can begin again. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException;
    }

    /** Does work whatever interrupts come, which would close its channels: it begins again. They are noted afterwards. */
    static <T> T uninterrupted(Work<T> work) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return work.run();
                } catch (ClosedByInterruptException e) {
                    interrupted = true;
                    Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
