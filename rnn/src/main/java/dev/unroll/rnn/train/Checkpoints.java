package dev.unroll.rnn.train;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.io.AtomicFile;
import dev.unroll.rnn.io.CheckpointFile;
import dev.unroll.rnn.io.Json;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Keeps a training on disk while it runs, so that another process can go on where it was stopped, by whatever: the
 * resumed training has the same bits as one that was never stopped.
 *
 * <pre>{@code
 * try (var trainer = new Trainer(network, new Adam(0.001), Clip.norm(1)).seed(1);
 *         var best = new BestEpoch(network.parameters());
 *         var checkpoints = Checkpoints.in(Path.of("run"), trainer, best)) {
 *     checkpoints.resume();
 *     trainer.fit(200, epoch -> batches(epoch), null, best.and(checkpoints));
 *     checkpoints.finish();
 * }
 * }</pre>
 *
 * <p>A checkpoint is one file, {@code checkpoint-UPDATES.safetensors}, which is there as a whole or not at all; the one
 * before is deleted only after the new one is on disk. One that cannot be written is a warning, and the training goes
 * on. Checkpoints are made after steps, by the thread that trains; one process at a time has the folder.
 */
public final class Checkpoints implements TrainingListener, AutoCloseable {
    private static final Logger LOGGER = System.getLogger(Checkpoints.class.getName());
    private static final Pattern NAME = Pattern.compile("checkpoint-\\d{12,19}\\.safetensors");
    private static final String FINISHED = "finished";
    private static final String RUN = "run";

    /** Without a choice: at least this between two checkpoints, and at least so many times what one takes. */
    private static final double SECONDS = 30;
    private static final double TIMES_ITS_COST = 100;

    private final Path folder;
    private final Trainer trainer;
    private final List<Resumable> parts;
    private final FolderLock lock;
    private Map<String, Object> run = Map.of();
    private Set<String> mayDiffer = Set.of();
    private Consumer<String> warnings = message -> LOGGER.log(Level.WARNING, message);
    private double seconds = Double.NaN;
    private long everyUpdates;
    private int kept = 2;
    private boolean isOurs;
    private double cost;
    private long lastTime = System.nanoTime();
    private long lastUpdates;

    private Checkpoints(Path folder, Trainer trainer, List<Resumable> parts) throws IOException {
        Files.createDirectories(folder);
        this.folder = folder;
        this.trainer = trainer;
        this.parts = parts;
        lock = FolderLock.of(folder);
    }

    /**
     * Checkpoints in a folder.
     *
     * @param folder made if it is not there
     * @param trainer whose training they hold
     * @param more what else belongs to it and changes while it runs, such as a {@link BestEpoch} or a listener of one's
     *     own; always in the same order
     * @return to be closed after the training
     * @throws IOException if the folder cannot be written to, or another process trains into it
     */
    public static Checkpoints in(Path folder, Trainer trainer, Resumable... more) throws IOException {
        return new Checkpoints(folder, trainer, List.of(more));
    }

    /**
     * How much time passes between two checkpoints; without a choice as much as makes them cost at most 1% of it, and at
     * least 30 seconds.
     *
     * @param time positive; zero for one after every step
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public Checkpoints every(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("the time between checkpoints must not be negative: " + time);
        }
        seconds = time.toNanos() * 1e-9;
        everyUpdates = 0;
        return this;
    }

    /**
     * How many updates are made between two checkpoints.
     *
     * @param updates at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public Checkpoints everyUpdates(long updates) {
        if (updates < 1) {
            throw new IllegalArgumentException("there must be at least 1 update between checkpoints, not " + updates);
        }
        everyUpdates = updates;
        return this;
    }

    /**
     * How many checkpoints are kept, the newest ones; without a choice 2.
     *
     * @param count at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public Checkpoints keep(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("at least 1 checkpoint must be kept, not " + count);
        }
        kept = count;
        return this;
    }

    /**
     * Facts about the training that a checkpoint is compared with before it is resumed, such as a digest of the data;
     * the trainer's own settings are compared anyway.
     *
     * @param facts JSON values by name
     * @param mayDiffer names of those that are only written down
     * @return this
     * @throws IllegalArgumentException if one is no JSON value
     */
    public Checkpoints describe(Map<String, ?> facts, String... mayDiffer) {
        run = Json.copy(facts);
        this.mayDiffer = Set.of(mayDiffer);
        return this;
    }

    /**
     * Tells batches from others, as a fact for {@link #describe}.
     *
     * @param batches such as those that are validated on
     * @return a text that is the same for the same batches only
     */
    public static String fingerprint(List<Batch> batches) {
        return Fingerprint.of(batches);
    }

    /**
     * Who is told of checkpoints that cannot be written, or are damaged; without a choice the {@link System.Logger} of this
     * class.
     *
     * @param listener takes a message of one line
     * @return this
     */
    public Checkpoints warnings(Consumer<String> listener) {
        warnings = listener;
        return this;
    }

    /** What one file holds. */
    private final class All implements Resumable {
        private final boolean finished;

        All(boolean finished) {
            this.finished = finished;
        }

        @Override
        public void saveState(StateWriter checkpoint) {
            checkpoint.put(FINISHED, finished).put(RUN, run);
            trainer.saveState(checkpoint.part("trainer"));
            for (int i = 0; i < parts.size(); i++) {
                parts.get(i).saveState(checkpoint.part(nameOf(i)));
            }
        }

        @Override
        public void restoreState(StateReader checkpoint) throws IOException {
            Differences.check(checkpoint.source(), checkpoint.values().object(RUN).values(), run, mayDiffer);
            for (int i = 0; i < parts.size(); i++) {
                if (!checkpoint.has(nameOf(i))) {
                    throw new IllegalArgumentException("cannot resume " + checkpoint.source() + ": it holds no "
                            + nameOf(i) + "; give the parts of the training that it was made with");
                }
            }
            trainer.restoreState(checkpoint.part("trainer"));
            for (int i = 0; i < parts.size(); i++) {
                parts.get(i).restoreState(checkpoint.part(nameOf(i)));
            }
        }

        private String nameOf(int part) {
            return part + " " + parts.get(part).getClass().getSimpleName();
        }
    }

    /**
     * Goes on from the newest checkpoint that is whole, if there is any: the trainer's next {@link Trainer#fit} begins
     * where it was made. Damaged ones are told and passed over.
     *
     * @return false if there is no checkpoint
     * @throws MalformedFileException if there are some, but none is whole
     * @throws IllegalArgumentException if the checkpoint is of another network, other settings or facts; they are named,
     *     and nothing has changed
     * @throws IOException if reading fails
     */
    public boolean resume() throws IOException {
        MalformedFileException newest = null;
        for (Path file : files()) {
            try {
                CheckpointFile.read(file, new All(false));
                begin();
                return true;
            } catch (MalformedFileException e) {
                warnings.accept(e.getMessage());
                newest = newest == null ? e : newest;
            }
        }
        if (newest != null) {
            throw new MalformedFileException(folder.toString(), "no checkpoint in it can be read; remove them to begin"
                    + " anew; the newest: " + newest.getMessage());
        }
        begin();
        return false;
    }

    private void begin() {
        isOurs = true;
        lastTime = System.nanoTime();
        lastUpdates = trainer.updates();
    }

    /**
     * Whether there are checkpoints of a training that was not {@linkplain #finish finished}: {@link #resume} goes on with
     * it.
     *
     * @return false if there are none
     * @throws IOException if reading fails
     */
    public boolean hasUnfinished() throws IOException {
        List<Path> files = files();
        return !files.isEmpty() && !isFinished(files.getFirst());
    }

    private static boolean isFinished(Path file) throws IOException {
        boolean[] finished = {false};
        try {
            CheckpointFile.read(file, new Resumable() {
                @Override
                public void saveState(StateWriter checkpoint) {
                    throw new IllegalStateException("only read");
                }

                @Override
                public void restoreState(StateReader checkpoint) throws IOException {
                    finished[0] = checkpoint.values().bool(FINISHED);
                }
            });
        } catch (MalformedFileException e) {
            return false; // resuming tells what is wrong with it
        }
        return finished[0];
    }

    /**
     * Deletes the checkpoints of an earlier training.
     *
     * @throws IOException if one cannot be deleted
     */
    public void clear() throws IOException {
        for (Path file : files()) {
            Files.deleteIfExists(file);
        }
        begin();
    }

    /**
     * Makes a checkpoint now.
     *
     * @return the file
     * @throws IOException if it cannot be written; those that are there stay
     * @throws IllegalStateException if the folder holds checkpoints of an earlier training, which was neither
     *     {@linkplain #resume resumed} nor {@linkplain #clear cleared}
     */
    public Path save() throws IOException {
        return save(false);
    }

    /**
     * Makes the last checkpoint of a training that has come to its end, and deletes all others. A later call with more
     * epochs may resume it.
     *
     * @return the file
     * @throws IOException if it cannot be written; those that are there stay
     */
    public Path finish() throws IOException {
        return save(true);
    }

    private Path save(boolean finished) throws IOException {
        if (!isOurs && !files().isEmpty()) {
            throw new IllegalStateException(
                    folder + " holds checkpoints of an earlier training; call resume() or clear() before this one");
        }
        isOurs = true;
        long start = System.nanoTime();
        Path file = folder.resolve(String.format("checkpoint-%012d.safetensors", trainer.updates()));
        try {
            AtomicFile.removeLeftovers(folder);
            CheckpointFile.write(file, new All(finished));
            List<Path> files = files();
            for (Path old : files.subList(Math.min(finished ? 1 : kept, files.size()), files.size())) {
                Files.deleteIfExists(old);
            }
        } finally { // a disk that is full is not tried again after every step
            lastTime = System.nanoTime();
            cost = (lastTime - start) * 1e-9;
            lastUpdates = trainer.updates();
        }
        return file;
    }

    /**
     * Makes a checkpoint if its time has come; for loops of one's own, which do without {@link Trainer#fit}.
     *
     * @throws IllegalStateException as of {@link #save}
     */
    public void saveIfDue() {
        if (!isDue()) {
            return;
        }
        try {
            save();
        } catch (IOException e) {
            warnings.accept("no checkpoint was made: " + e + "; the training goes on");
        }
    }

    private boolean isDue() {
        if (everyUpdates > 0) {
            return trainer.updates() - lastUpdates >= everyUpdates;
        }
        double wanted = Double.isNaN(seconds) ? Math.max(SECONDS, TIMES_ITS_COST * cost) : seconds;
        return (System.nanoTime() - lastTime) * 1e-9 >= wanted;
    }

    @Override
    public void onStep(Progress progress) {
        saveIfDue();
    }

    /** The newest first. */
    private List<Path> files() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = new ArrayList<>(entries.filter(
                    entry -> NAME.matcher(entry.getFileName().toString()).matches()).toList());
            files.sort(Comparator.comparing((Path file) -> file.getFileName().toString().length())
                    .thenComparing(Path::getFileName)
                    .reversed());
            return files;
        }
    }

    /** Leaves the folder to others. The checkpoints stay. */
    @Override
    public void close() {
        lock.close();
    }
}
