package dev.unroll.bench.queue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Works through the runs of a file, one at a time and in its order, until none is left. What was stopped is resumed,
 * what fails is passed over.
 */
public final class Queue {
    private static final int MILLIS_BETWEEN = 100;
    private static final long BETWEEN_SAVES = TimeUnit.SECONDS.toNanos(1);

    private final RunsFile file;
    private final QueueFolder folder;
    private final int nice;
    private final Consumer<String> say;
    private final BooleanSupplier ending;
    private QueueState state;
    private Path workingFolder;
    private boolean isSaved;
    private long lastSave;
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
        try (QueueLock _ = QueueLock.take(folder)) {
            begin();
            if (Orphans.end(state, folder, say, ending)) {
                save();
                Program.removeUnused(folder.path());
                while (!ending.getAsBoolean() && step()) {}
            }
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
        Path first = folder.workingFolderOrNull();
        workingFolder = first == null ? here : first;
        if (!Files.isDirectory(workingFolder)) {
            throw new FileSystemException(workingFolder.toString(), null,
                    "is no folder any more, but relative paths of this queue start from it; bring it back, or delete "
                            + folder.workingFolderFile() + " to have them start from where the queue is started next");
        }
        if (!here.equals(workingFolder)) {
            say.accept("relative paths start from " + workingFolder + ", where this queue was started first");
        }
        runs = file.read(workingFolder);
        if (first == null) {
            folder.workingFolder(here);
        }
        state.queue(ProcessId.of(ProcessHandle.current()));
        state.standsStill(false);
        state.save();
        isSaved = true;
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
            Pause.moment();
            saveIfNeeded(); // whoever has it paused waits for that
        }
        state.standsStill(false); // before it is looked at again whether to pause: see QueueControl
        save();
        awaitSave();
    }

    /** Lines may be appended, also wrong ones: those that were right before are worked through all the same. */
    private void readAgain() {
        String found = "";
        try {
            runs = file.read(workingFolder);
        } catch (IOException e) {
            found = RunsFile.problem(e);
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
        if (!awaitSave()) {
            known.stopped(0);
            return;
        }
        say.accept((known.starts() == 1 ? "begun: " : "resumed: ") + run.text());
        long start = System.nanoTime();
        long updates = SavedUpdates.of(run.outOrNull());
        try {
            log.begin(known);
            Process process = RunProcess.start(run, folder, workingFolder, nice);
            known.process(ProcessId.of(process.toHandle()));
            save();
            boolean asked = await(process);
            double took = (System.nanoTime() - start) * 1e-9;
            if (asked && RunState.isStop(process.exitValue(), log)) {
                known.stopped(took);
            } else {
                boolean saved = SavedUpdates.of(run.outOrNull()) > updates;
                known.ended(process.exitValue(), log, saved, took);
            }
        } catch (IOException e) {
            known.fail("it cannot be started: " + e.getMessage(), 0);
        }
        save();
        say.accept(known.phase() + (known.message().isEmpty() ? "" : " (" + known.message() + ")") + ": " + run.text());
    }

    /**
     * Waits for the end of a process, and of all that it has started; true if it was asked to end, because the queue is
     * to end or to pause.
     */
    private boolean await(Process process) {
        Family family = new Family();
        boolean asked = false;
        while (!hasEnded(process)) {
            if (!asked && (ending.getAsBoolean() || folder.paused().isSet())) {
                asked = true;
                family.end(process.toHandle());
            }
            saveIfNeeded(); // its number is not on disk
        }
        RunProcess.all(folder.path()).forEach(family::end); // what it has left, also if it was killed
        while (family.isAlive()) {
            Pause.moment();
        }
        return asked;
    }

    private static boolean hasEnded(Process process) {
        try {
            return process.waitFor(MILLIS_BETWEEN, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return false; // there is something to look at
        }
    }

    /** A run that computes is worth more than that its state is on disk; what is not saved is saved later. */
    private void save() {
        boolean wasSaved = isSaved;
        lastSave = System.nanoTime();
        try {
            state.save();
            isSaved = true;
        } catch (IOException | RuntimeException e) {
            isSaved = false;
            if (wasSaved) {
                say.accept("the state of the queue cannot be saved: " + e.getMessage()
                        + "; it is tried again, and nothing is started before");
            }
        }
    }

    private void saveIfNeeded() {
        if (!isSaved && System.nanoTime() - lastSave >= BETWEEN_SAVES) {
            save();
        }
    }

    /** Waits until what is known now is on disk; false if the queue is to end before. */
    private boolean awaitSave() {
        while (!isSaved) {
            if (ending.getAsBoolean()) {
                return false;
            }
            Pause.moment();
            saveIfNeeded();
        }
        return true;
    }
}
