package dev.unroll.bench.queue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Lets one process at a time change the state of a queue. The operating system ends it with the process: whether a
 * queue works is what the lock says, and no clock.
 */
final class QueueLock implements AutoCloseable {
    private static final int MOST_TRIES = 200;

    private final FileChannel channel;

    private QueueLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock of a queue for a queue.
     *
     * @throws IOException if another queue has it, with its number
     */
    static QueueLock take(QueueFolder folder) throws IOException {
        for (int i = 0; i < MOST_TRIES; i++) {
            QueueLock lock = tryLock(folder.lock());
            if (lock != null) {
                return lock;
            }
            Optional<ProcessHandle> queue = named(folder).flatMap(ProcessId::alive);
            if (queue.isPresent()) {
                throw new FileSystemException(folder.path().toString(), null, "process " + queue.get().pid()
                        + " works on this queue already; --status shows it, and lines may be appended to its file");
            }
            Pause.moment(); // another start, or a --retry, has it for a moment
        }
        throw new FileSystemException(folder.path().toString(), null,
                "another process has the lock of this queue; end it, and start again");
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

    /** The number of the process of the queue that works: the lock says whether there is one, and the state which. */
    static Optional<Long> holder(QueueFolder folder) throws IOException {
        try (QueueLock lock = tryLock(folder.lock())) {
            if (lock != null) {
                return Optional.empty();
            }
        }
        return named(folder).map(ProcessId::number)
                .filter(number -> ProcessHandle.of(number).filter(ProcessId::isAlive).isPresent());
    }

    private static Optional<ProcessId> named(QueueFolder folder) {
        try {
            return Optional.ofNullable(QueueState.read(folder).queueOrNull());
        } catch (IOException e) {
            return Optional.empty();
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
