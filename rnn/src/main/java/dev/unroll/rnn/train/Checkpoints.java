package dev.unroll.rnn.train;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.io.AtomicFile;
import dev.unroll.rnn.io.CheckpointFile;
import dev.unroll.rnn.io.DamagedCheckpointException;
import dev.unroll.rnn.io.Json;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Keeps a training on disk while it runs, so that another process can go on where it was stopped, by whatever: the
 * resumed training has the same bits as one that was never stopped.
 *
 * <pre>{@code
 * try (var trainer = new Trainer(network, new Adam(0.001), Clip.norm(1)).seed(1);
 *         var best = new EarlyStopping(network.parameters());
 *         var checkpoints = Checkpoints.in(Path.of("run/checkpoints"), trainer, best)) {
 *     checkpoints.resume();
 *     trainer.fit(200, epoch -> batches(epoch), best.and(checkpoints));
 *     best.restore();
 *     network.save(Path.of("run"));
 *     checkpoints.finish();
 * }
 * }</pre>
 *
 * <p>A checkpoint is one file, {@code checkpoint-UPDATES.safetensors}, which is there as a whole or not at all; the one
 * before is deleted only after the new one is on disk. One is made now and then when a step or an epoch has ended, and
 * when {@link Trainer#fit} ends, by the thread that trains. One that cannot be written is a warning, and the training goes
 * on. One process at a time has the folder.
 *
 * <p>Workers that {@linkplain Trainer#shards(int, dev.unroll.rnn.parallel.Exchange) share} a training use the same folder:
 * worker 0 writes the checkpoints, and all read them when they resume. They are made after numbers of updates, 100
 * without a choice, since all workers take part: {@link #every} has no effect.
 */
public final class Checkpoints implements TrainingListener, AutoCloseable {
    private static final Logger LOGGER = System.getLogger(Checkpoints.class.getName());
    private static final String RUN = "run";
    private static final String PARTS = "parts";

    /** Without a choice: at least this between two checkpoints, and at least so many times what one takes. */
    private static final double SECONDS = 30;
    private static final double TIMES_ITS_COST = 100;

    /** Without a choice, between two checkpoints of a training that workers share. */
    private static final long UPDATES_OF_WORKERS = 100;

    private final Path folder;
    private final CheckpointFiles files;
    private final Trainer trainer;
    private final List<Resumable> parts;
    private final FolderLock lock;
    private final boolean isWriter;
    private Map<String, Object> run = Map.of();
    private Set<String> mayDiffer = Set.of();
    private Consumer<String> warnings = message -> LOGGER.log(Level.WARNING, message);
    private double seconds = Double.NaN;
    private long everyUpdates;
    private int kept = 2;
    private boolean isOurs;
    private boolean isNew;
    private double cost;
    private long lastTime = System.nanoTime();
    private long lastUpdates;

    private Checkpoints(Path folder, Trainer trainer, List<Resumable> parts) throws IOException {
        Files.createDirectories(folder);
        trainer.beginCheckpoints();
        isWriter = trainer.worker() == 0;
        this.folder = folder;
        files = new CheckpointFiles(folder);
        this.trainer = trainer;
        this.parts = parts;
        lock = isWriter ? FolderLock.of(folder) : null;
    }

    /**
     * Checkpoints in a folder.
     *
     * @param folder made if it is not there
     * @param trainer whose training they hold
     * @param more what else belongs to it and changes while it runs, such as a {@link EarlyStopping} or a listener of one's
     *     own; always in the same order
     * @return to be closed after the training
     * @throws IOException if the folder cannot be written to, or another process trains into it
     */
    public static Checkpoints in(Path folder, Trainer trainer, Resumable... more) throws IOException {
        Nulls.require("Checkpoints.in", "folder", folder);
        Nulls.require("Checkpoints.in", "trainer", trainer);
        Nulls.requireAll("Checkpoints.in", "more", more);
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
            throw new IllegalArgumentException("the time between checkpoints must not be negative, but is " + time);
        }
        seconds = time.toSeconds() + time.getNano() * 1e-9;
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
        @Override
        public void saveState(StateWriter checkpoint) {
            checkpoint.put(RUN, run).put(PARTS, names());
            trainer.saveState(checkpoint.part("trainer"));
            for (int i = 0; i < parts.size(); i++) {
                parts.get(i).saveState(checkpoint.part(names().get(i)));
            }
        }

        @Override
        public void restoreState(StateReader checkpoint) throws IOException {
            Differences.check(checkpoint.source(), checkpoint.values().object(RUN).values(), run, mayDiffer);
            List<String> there = checkpoint.values().strings(PARTS);
            if (!there.equals(names())) {
                throw new IllegalArgumentException(Shown.message(checkpoint.source(),
                        "cannot resume: its parts are " + there
                                + ", but " + names()
                                + " are given; give those that it was made with, in the same order"));
            }
            trainer.restoreState(checkpoint.part("trainer"));
            for (int i = 0; i < parts.size(); i++) {
                parts.get(i).restoreState(checkpoint.part(names().get(i)));
            }
        }

        private List<String> names() {
            return IntStream.range(0, parts.size())
                    .mapToObj(i -> i + " " + parts.get(i).getClass().getSimpleName())
                    .toList();
        }
    }

    /**
     * Goes on from the newest checkpoint that can be read, if there is any: the trainer's next {@link Trainer#fit} begins
     * where it was made. Damaged ones are told, put aside under a name that ends in {@code .damaged}, and passed over.
     *
     * @return false if there is no checkpoint
     * @throws DamagedCheckpointException if there are some, but none can be read; all stay where they are
     * @throws IllegalArgumentException if the checkpoint is of another network, other settings or facts, or a later version
     *     of this library; what differs is named, and nothing has changed
     * @throws IOException if a part fails to take over its state; the training is not to be used any more
     */
    public boolean resume() throws IOException {
        List<DamagedCheckpointException> damaged = new ArrayList<>();
        List<Path> all = files.unfinished();
        all.addAll(files.finished());
        for (Path file : all) {
            try (var _ = trainer.hold("going on from a checkpoint")) {
                CheckpointFile.read(file, new All());
            } catch (DamagedCheckpointException e) {
                warnings.accept(e.getMessage());
                damaged.add(e);
                continue;
            }
            if (isWriter) {
                putAside(all.subList(0, damaged.size()));
            }
            begin();
            return true;
        }
        if (!damaged.isEmpty()) {
            warnings.accept(folder + ": no checkpoint in it can be read; remove them to begin anew");
            throw damaged.getFirst();
        }
        begin();
        return false;
    }

    /** Or they would be taken for newer ones for ever. */
    private static void putAside(List<Path> damaged) throws IOException {
        for (Path file : damaged) {
            Files.move(file, file.resolveSibling(file.getFileName() + ".damaged"));
        }
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
     * @throws IOException if the folder cannot be listed
     */
    public boolean hasUnfinished() throws IOException {
        return !files.unfinished().isEmpty();
    }

    /**
     * Begins anew: the checkpoints of an earlier training are deleted once there is one of this training.
     */
    public void clear() {
        begin();
        isNew = true;
    }

    /**
     * Makes a checkpoint now. All workers of a training that is shared call it after the same update.
     *
     * @return the file
     * @throws IOException if it cannot be written; those that are there stay
     * @throws IllegalStateException if the folder holds checkpoints of an earlier training, which was neither
     *     {@linkplain #resume resumed} nor {@linkplain #clear cleared}, or if this is called in
     *     {@link TrainingListener#onEpoch}
     */
    public Path save() throws IOException {
        requireOurs();
        trainer.gatherState();
        long start = System.nanoTime();
        Path file = files.unfinished(trainer.updates());
        try {
            if (isWriter) {
                write(file);
            }
        } finally { // a disk that is full is not tried again after every step
            lastTime = System.nanoTime();
            cost = (lastTime - start) * 1e-9;
            lastUpdates = trainer.updates();
        }
        return file;
    }

    private void write(Path file) throws IOException {
        Files.createDirectories(folder);
        AtomicFile.removeLeftovers(folder);
        try (var _ = trainer.hold("a checkpoint")) {
            CheckpointFile.write(file, new All());
        }
        if (isNew) {
            files.deleteAllBut(file, warnings);
            isNew = false;
        }
        files.delete(files.finished(), warnings);
        files.deleteBefore(file, kept, warnings);
    }

    private void requireOurs() throws IOException {
        if (!isOurs && hasUnfinished()) {
            throw new IllegalStateException(
                    Shown.message(folder.toString(),
                            "holds checkpoints of an earlier training; call resume() or clear() before this one"));
        }
        isOurs = true;
    }

    /**
     * Makes room by deleting all checkpoints but the newest.
     *
     * @throws IOException if the folder cannot be listed
     */
    public void deleteOlder() throws IOException {
        List<Path> all = files.unfinished();
        if (isWriter && !all.isEmpty()) {
            files.deleteBefore(all.getFirst(), 1, warnings);
        }
    }

    /**
     * Marks the training as one that has come to its end, once its model is saved: the newest checkpoint gets the name
     * {@code finished-UPDATES.safetensors}, and all others are deleted. {@link #resume} goes on from it for more epochs; a
     * training that begins anew replaces it. Nothing is marked where {@link Trainer#fit} ended because its thread was
     * interrupted, as long as it is.
     *
     * @throws IOException if the file cannot be renamed
     */
    public void finish() throws IOException {
        List<Path> all = files.unfinished();
        if (isWriter && !Thread.currentThread().isInterrupted() && !all.isEmpty()) {
            files.finish(all.getFirst());
            files.delete(all.subList(1, all.size()), warnings);
        }
    }

    /**
     * Makes a checkpoint if its time has come; for loops of one's own, which do without {@link Trainer#fit}. One that
     * cannot be made is a warning.
     *
     * @throws IllegalStateException if the folder holds checkpoints of an earlier training, as of {@link #save}
     */
    public void saveIfDue() {
        if (isOurs && !isDue()) {
            return;
        }
        saveOrWarn();
    }

    private void saveOrWarn() {
        try {
            requireOurs();
        } catch (IOException | UncheckedIOException e) {
            warnings.accept("no checkpoint was made: " + e + "; the training goes on");
            return;
        }
        try {
            save();
        } catch (IOException | RuntimeException e) {
            warnings.accept("no checkpoint was made: " + e + "; the training goes on");
        }
    }

    private boolean isDue() {
        if (everyUpdates > 0 || trainer.workers() > 1) { // workers agree on updates, but not on the time
            return trainer.updates() - lastUpdates >= (everyUpdates > 0 ? everyUpdates : UPDATES_OF_WORKERS);
        }
        double wanted = Double.isNaN(seconds) ? Math.max(SECONDS, TIMES_ITS_COST * cost) : seconds;
        return (System.nanoTime() - lastTime) * 1e-9 >= wanted;
    }

    @Override
    public void onSettled() {
        saveIfDue();
    }

    @Override
    public void onEnd() {
        saveOrWarn();
    }

    /** Leaves the folder to others. The checkpoints stay. */
    @Override
    public void close() {
        if (isWriter) {
            lock.close();
        }
    }
}
