package dev.unroll.bench.queue;

import dev.unroll.rnn.io.AtomicFile;
import dev.unroll.rnn.io.Json;
import dev.unroll.rnn.io.JsonObject;
import dev.unroll.rnn.io.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** The state of a queue and all runs that it ever had, in a small file that only the holder of the lock replaces. */
final class QueueState {
    private static final int VERSION = 1;

    private final Path file;
    private final Map<String, RunState> runs = new LinkedHashMap<>();
    private ProcessId queue;
    private boolean standsStill;

    private QueueState(Path file) {
        this.file = file;
    }

    /**
     * Reads it.
     *
     * @return without a run if there is no file yet
     * @throws MalformedFileException if it is damaged
     */
    static QueueState read(QueueFolder folder) throws IOException {
        QueueState state = new QueueState(folder.states());
        if (Files.notExists(state.file)) {
            return state;
        }
        JsonObject json = Json.read(state.file);
        json.integer("version", VERSION, VERSION);
        state.queue = json.has("queue") ? ProcessId.of(json.object("queue")) : null;
        state.standsStill = json.bool("stands_still");
        for (JsonObject run : json.objects("runs")) {
            RunState known = RunState.of(run);
            state.runs.put(known.text(), known);
        }
        return state;
    }

    /** Reads it; a damaged file is kept under another name, and all runs begin to be known anew. */
    static QueueState readOrSetAside(QueueFolder folder, Consumer<String> warnings) throws IOException {
        try {
            return read(folder);
        } catch (MalformedFileException e) {
            Path aside = free(folder.states());
            Files.move(folder.states(), aside);
            warnings.accept(e.getMessage() + "; it is kept as " + aside.getFileName()
                    + ", and every run is resumed from its own checkpoints");
            return new QueueState(folder.states());
        }
    }

    private static Path free(Path file) {
        for (int i = 1;; i++) {
            Path free = file.resolveSibling(file.getFileName() + ".damaged-" + i);
            if (Files.notExists(free)) {
                return free;
            }
        }
    }

    void save() throws IOException {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", VERSION);
        if (queue != null) {
            json.put("queue", queue.toJson());
        }
        json.put("stands_still", standsStill);
        json.put("runs", runs.values().stream().map(RunState::toJson).toList());
        AtomicFile.replace(file, AtomicFile.Contents.text(Json.write(json)));
    }

    /** The state of a run, also if it was never heard of. */
    RunState of(QueuedRun run) {
        return runs.computeIfAbsent(run.text(), RunState::new);
    }

    Iterable<RunState> runs() {
        return runs.values();
    }

    void queue(ProcessId id) {
        queue = id;
    }

    /** The queue that has worked last and has not come to its end; it works if its lock is held. */
    ProcessId queueOrNull() {
        return queue;
    }

    /** Tells whether the queue has paused and nothing runs. */
    boolean standsStill() {
        return standsStill;
    }

    void standsStill(boolean value) {
        standsStill = value;
    }
}
