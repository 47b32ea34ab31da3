package dev.unroll.bench.queue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What other processes have a queue do, and ask it.
 *
 * <p>That a queue pauses is a file, which stays if the queue ends. A queue writes down that it stands still, and takes that
 * back before it looks for the file once more and starts a run: whoever has set the file and then reads that the queue stands
 * still knows that nothing will be started.
 */
public final class QueueControl {
    private static final int MILLIS_BETWEEN = 100;

    private final RunsFile file;
    private final QueueFolder folder;
    private final Consumer<String> say;

    /**
     * The control of a queue, whether it works or not.
     *
     * @param file of its runs
     * @param folder of that file
     * @param say takes a line about what happens
     */
    public QueueControl(RunsFile file, QueueFolder folder, Consumer<String> say) {
        this.file = file;
        this.folder = folder;
        this.say = say;
    }

    /**
     * Has the run that computes stopped, and no other started; returns when nothing computes any more.
     *
     * @throws IOException if the wish cannot be written down
     */
    public void pause() throws IOException {
        folder.paused().set();
        while (folder.paused().isSet()) {
            if (Holder.liveQueue(folder).isPresent()) {
                if (standsStill()) {
                    say.accept("paused; nothing computes");
                    return;
                }
            } else if (pauseWithoutQueue()) {
                return;
            }
            Pause.millis(MILLIS_BETWEEN);
        }
        say.accept("somebody else lets the queue go on");
    }

    private boolean standsStill() {
        try {
            return QueueState.read(folder).standsStill();
        } catch (IOException e) {
            return false;
        }
    }

    /** False if a queue is just being started. */
    private boolean pauseWithoutQueue() throws IOException {
        try (QueueLock lock = QueueLock.tryLock(folder.lock())) {
            if (lock == null) {
                return false;
            }
            QueueState state = QueueState.readOrSetAside(folder, say);
            Orphans.end(state, folder, say);
            state.save();
        }
        say.accept("no queue works on " + file.file() + "; once started it waits for --continue");
        return true;
    }

    /**
     * Lets a queue that was paused go on.
     *
     * @throws IOException if that cannot be written down
     */
    public void goOn() throws IOException {
        boolean paused = folder.paused().remove();
        Optional<ProcessHandle> queue = Holder.liveQueue(folder);
        say.accept((paused ? "" : "it was not paused; ") + (queue.isPresent()
                ? "process " + queue.get().pid() + " works on it"
                : "no queue works on it; start it by " + file.command()));
    }

    /**
     * Has what failed tried again.
     *
     * @throws IOException if that cannot be written down
     */
    public void retry() throws IOException {
        try (QueueLock lock = QueueLock.tryLock(folder.lock())) {
            if (lock == null) {
                folder.retry().set();
                say.accept("the queue that works will try again what has failed by then, after the run that computes");
                return;
            }
            QueueState state = QueueState.readOrSetAside(folder, say);
            int count = 0;
            for (QueuedRun run : file.read(state.workingFolder())) {
                count += state.of(run).retry() ? 1 : 0;
            }
            state.save();
            say.accept(count + " failed " + (count == 1 ? "run is" : "runs are") + " waiting again; "
                    + file.command() + " starts them");
        }
    }

    /**
     * Where the queue and each of its runs stand.
     *
     * @return a line about the queue, and one for each run
     * @throws IOException if its file or what is known of it cannot be read
     */
    public List<String> status() throws IOException {
        QueueState state = QueueState.read(folder);
        List<String> lines = new ArrayList<>();
        Optional<ProcessHandle> queue = state.liveQueue();
        lines.add((queue.isPresent() ? "process " + queue.get().pid() + " works on it" : "no queue works on it")
                + (folder.paused().isSet() ? state.standsStill() ? ", paused" : ", to be paused" : ""));
        for (QueuedRun run : file.read(state.workingFolder())) {
            lines.add(StatusLine.of(state.of(run), folder, queue.isPresent()));
        }
        return lines;
    }
}
