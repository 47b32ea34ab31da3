package dev.unroll.rnn.train;

import dev.unroll.rnn.io.Shown;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Lets one training at a time have a folder; the operating system ends it with the process, however that ends. */
final class FolderLock implements AutoCloseable {
    /** Those of this process. A second lock must not even be tried for: closing its file would end the first one. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final FileChannel channel;

    private FolderLock(Path folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
    }

    /**
     * Takes a folder.
     *
     * @throws IOException if somebody else has it
     */
    static FolderLock of(Path path) throws IOException {
        Path folder = path.toRealPath();
        if (!HELD.add(folder)) {
            throw taken(path);
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!take(channel)) {
                throw taken(path);
            }
            return new FolderLock(folder, channel);
        } catch (Throwable e) {
            HELD.remove(folder);
            if (channel != null) {
                channel.close();
            }
            throw e;
        }
    }

    private static IOException taken(Path folder) {
        return new IOException(
                Shown.message(folder.toString(),
                        "another training is running there; wait for its end, or choose another folder"));
    }

    private static boolean take(FileChannel channel) {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (IOException e) {
            return true; // a file system without locks
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // nothing was written
        } finally {
            HELD.remove(folder);
        }
    }
}
