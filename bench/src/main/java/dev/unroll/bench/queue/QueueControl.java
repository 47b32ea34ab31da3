package dev.unroll.bench.queue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What other processes have a queue do, and ask it.
 *
 * <p>That a queue pauses is a file, which stays if the queue ends. A queue writes down that it stands still, and takes
 * that back before it looks for the file once more and starts a run: whoever has set the file and then reads that the
 * queue stands still knows that nothing will be started.
 */
public final class QueueControl {
    private static final int MOMENTS_IN_SILENCE = 50;

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
        for (int i = 0; folder.paused().isSet(); i++) {
            if (pauseWithoutQueue()) {
                return;
            }
            if (standsStill()) {
                say.accept("paused; nothing computes");
                return;
            }
            if (i == MOMENTS_IN_SILENCE) {
                say.accept("waiting until the run that computes has saved and ended, which --status shows; to be paused"
                        + " stays the wish if nobody waits");
            }
            Pause.moment();
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

    /** False if a queue works, or is just being started: it has the lock. */
    private boolean pauseWithoutQueue() throws IOException {
        try (QueueLock lock = QueueLock.tryLock(folder.lock())) {
            if (lock == null) {
                return false;
            }
            QueueState state = QueueState.readOrSetAside(folder, say);
            Orphans.end(state, folder, say, () -> false);
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
        Optional<Long> queue = QueueLock.holder(folder);
        say.accept((paused ? "" : "it was not paused; ") + (queue.isPresent()
                ? "process " + queue.get() + " works on it"
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
            for (QueuedRun run : file.read(folderOfPaths())) {
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
     * @return a line about the queue, and one for each run; if the file cannot be read, one for each run that is known,
     *     and what is wrong with the file
     * @throws IOException if what is known of it cannot be read
     */
    public List<String> status() throws IOException {
        QueueState state = QueueState.read(folder);
        List<String> lines = new ArrayList<>();
        Optional<Long> queue = QueueLock.holder(folder);
        lines.add((queue.isPresent() ? "process " + queue.get() + " works on it" : "no queue works on it")
                + (folder.paused().isSet() ? state.standsStill() ? ", paused" : ", to be paused" : ""));
        List<RunState> runs = new ArrayList<>();
        String problem = "";
        try {
            file.read(folderOfPaths()).forEach(run -> runs.add(state.of(run)));
        } catch (IOException e) {
            state.runs().forEach(runs::add);
            problem = RunsFile.problem(e);
        }
        runs.forEach(run -> lines.add(StatusLine.of(run, folder, queue.isPresent())));
        if (!problem.isEmpty()) {
            lines.add(problem);
        }
        return lines;
    }

    /** Only the queue fixes it, when it is started. */
    private Path folderOfPaths() throws IOException {
        Path first = folder.workingFolderOrNull();
        return first == null ? Path.of("").toAbsolutePath() : first;
    }
}
