package dev.unroll.bench.queue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Works through the runs of a file, one at a time and in its order, until none is left. What was stopped is resumed, what
 * fails is passed over.
 */
public final class Queue {
    private static final int MILLIS_BETWEEN = 100;

    private final RunsFile file;
    private final QueueFolder folder;
    private final int nice;
    private final Consumer<String> say;
    private final BooleanSupplier ending;
    private QueueState state;
    private List<QueuedRun> runs = List.of();
    private String problem = "";

    /**
     * A queue that has not begun to work.
     *
     * @param file of its runs
     * @param folder of that file
     * @param nice how much its runs give way to other processes: 0, not at all, to 19
     * @param say takes a line about what happens
     * @param ending asked ten times a second whether the run that is computing is to be stopped, and the queue to end
     */
    public Queue(RunsFile file, QueueFolder folder, int nice, Consumer<String> say, BooleanSupplier ending) {
        this.file = file;
        this.folder = folder;
        this.nice = nice;
        this.say = say;
        this.ending = ending;
    }

    /**
     * Works until every run has ended.
     *
     * @return whether all of them came to their end without an error
     * @throws IOException if another process works on this queue, or it cannot begin
     */
    public boolean work() throws IOException {
        try (QueueLock _ = Holder.lock(folder)) {
            begin();
            Orphans.end(state, folder, say);
            save();
            Program.removeOthers(folder.path());
            while (!ending.getAsBoolean() && step()) {}
            state.queue(null);
            state.standsStill(false);
            save();
        }
        return problem.isEmpty()
                && runs.stream().allMatch(run -> state.of(run).phase() == RunState.Phase.DONE);
    }

    private void begin() throws IOException {
        state = QueueState.readOrSetAside(folder, say);
        Path here = Path.of("").toAbsolutePath();
        if (!Files.isDirectory(state.workingFolder())) {
            say.accept("relative paths now start from " + here + ", for there is no " + state.workingFolder()
                    + " any more");
            state.workingFolder(here);
        } else if (!here.equals(state.workingFolder())) {
            say.accept("relative paths start from " + state.workingFolder() + ", where this queue was started first");
        }
        runs = file.read(state.workingFolder());
        state.queue(ProcessId.of(ProcessHandle.current()));
        state.standsStill(false);
        state.save();
    }

    /** Does what is next; false if nothing is left. */
    private boolean step() throws IOException {
        if (folder.paused().isSet()) {
            standStill();
            return true;
        }
        readAgain();
        if (folder.retry().remove()) {
            runs.forEach(run -> state.of(run).retry());
            save();
        }
        for (QueuedRun run : runs) {
            RunState.Phase phase = state.of(run).phase();
            if (phase == RunState.Phase.WAITING || phase == RunState.Phase.STOPPED) {
                run(run);
                return true;
            }
        }
        return false;
    }

    private void standStill() {
        state.standsStill(true);
        save();
        say.accept("paused; nothing is started before " + file.command("--continue"));
        while (folder.paused().isSet() && !ending.getAsBoolean()) {
            Pause.millis(MILLIS_BETWEEN);
        }
        state.standsStill(false); // before it is looked at again whether to pause: see QueueControl
        save();
    }

    /** Lines may be appended, also wrong ones: those that were right before are worked through all the same. */
    private void readAgain() {
        String found = "";
        try {
            runs = file.read(state.workingFolder());
        } catch (IOException e) {
            found = e.getMessage();
        }
        if (!found.isEmpty() && !found.equals(problem)) {
            say.accept(found + "; the runs that were there before go on");
        }
        problem = found;
    }

    private void run(QueuedRun run) {
        RunState known = state.of(run);
        RunLog log = folder.log(run);
        known.begin(log);
        save();
        say.accept((known.starts() == 1 ? "begun: " : "resumed: ") + run.text());
        long start = System.nanoTime();
        SavedFiles saved = SavedFiles.of(run.outOrNull());
        try {
            log.begin(known);
            Process process = RunProcess.start(run, folder, state.workingFolder(), nice);
            known.process(ProcessId.of(process.toHandle()));
            save();
            boolean asked = await(process);
            double took = (System.nanoTime() - start) * 1e-9;
            if (asked && RunState.isStop(process.exitValue())) {
                known.stopped(took);
            } else {
                known.ended(process.exitValue(), log.lastLine(), !saved.equals(SavedFiles.of(run.outOrNull())), took);
            }
        } catch (IOException e) {
            known.fail("it cannot be started: " + e.getMessage(), 0);
        }
        save();
        say.accept(known.phase() + (known.message().isEmpty() ? "" : " (" + known.message() + ")") + ": " + run.text());
    }

    /** Waits for the end of a process; true if it was asked to, because the queue is to end or to pause. */
    private boolean await(Process process) {
        boolean asked = false;
        while (true) {
            try {
                if (process.waitFor(MILLIS_BETWEEN, TimeUnit.MILLISECONDS)) {
                    return asked;
                }
            } catch (InterruptedException e) {
                // there is something to look at
            }
            if (!asked && (ending.getAsBoolean() || folder.paused().isSet())) {
                asked = true;
                process.destroy();
            }
        }
    }

    /** A run that computes is worth more than that its state is on disk. */
    private void save() {
        try {
            state.save();
        } catch (IOException e) {
            say.accept("the state of the queue cannot be saved: " + e.getMessage() + "; it goes on");
        }
    }
}
