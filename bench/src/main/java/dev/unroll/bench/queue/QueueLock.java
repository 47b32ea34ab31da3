package dev.unroll.bench.queue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Lets one process at a time change the state of a queue; the operating system ends it with the process. */
final class QueueLock implements AutoCloseable {
    private final FileChannel channel;

    private QueueLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Takes a lock, or gives null if another process has it. */
    static QueueLock tryLock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return new QueueLock(channel);
            }
        } catch (OverlappingFileLockException e) {
            // another thread of this process has it
        } catch (IOException e) {
            channel.close();
            throw new IOException(file + ": this file system has no locks (" + e.getMessage()
                    + "), and without one two queues could start the same run; put the file of runs elsewhere", e);
        }
        channel.close();
        return null;
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
