package dev.unroll.rnn.train;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Lets one training at a time have a folder; the operating system ends it with the process, however that ends. */
final class FolderLock implements AutoCloseable {
    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes a folder.
     *
     * @throws IOException if somebody else has it
     */
    static FolderLock of(Path folder) throws IOException {
        FileChannel channel = FileChannel.open(
                folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (!take(channel)) {
                throw new IOException(folder + ": another training is running there; wait for its end, or choose"
                        + " another folder");
            }
            return new FolderLock(channel);
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    private static boolean take(FileChannel channel) {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // held in this process
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
        }
    }
}
