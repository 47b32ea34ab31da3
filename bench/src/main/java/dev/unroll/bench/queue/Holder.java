package dev.unroll.bench.queue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Optional;

/** Who has the lock of a queue. */
final class Holder {
    private static final int MOST_TRIES = 200;
    private static final int MILLIS_BETWEEN = 100;

    private Holder() {}

    /**
     * Takes the lock of a queue for a queue.
     *
     * @throws IOException if another queue has it, with its number
     */
    static QueueLock lock(QueueFolder folder) throws IOException {
        for (int i = 0; i < MOST_TRIES; i++) {
            QueueLock lock = QueueLock.tryLock(folder.lock());
            if (lock != null) {
                return lock;
            }
            Optional<ProcessHandle> queue = liveQueue(folder);
            if (queue.isPresent()) {
                throw new FileSystemException(folder.path().toString(), null, "process " + queue.get().pid()
                        + " works on this queue already; --status shows it, and lines may be appended to its file");
            }
            Pause.millis(MILLIS_BETWEEN); // another start, or a --retry, has it for a moment
        }
        throw new FileSystemException(folder.path().toString(), null,
                "another process has the lock of this queue; end it, and start again");
    }

    /** The queue that works in a folder, as far as one can read. */
    static Optional<ProcessHandle> liveQueue(QueueFolder folder) {
        try {
            return QueueState.read(folder).liveQueue();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
