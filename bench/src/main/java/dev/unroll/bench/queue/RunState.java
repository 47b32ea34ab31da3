package dev.unroll.bench.queue;

import dev.unroll.rnn.io.JsonObject;
import dev.unroll.rnn.io.MalformedFileException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The state of one run, and its transitions. */
final class RunState {
    /** Exit codes of processes that HUP, INT, KILL and TERM ended. */
    private static final Set<Integer> STOPPED_BY_SIGNAL = Set.of(129, 130, 137, 143);

    /** Stopped so often from outside without having got any further, a run is taken to be what has it stopped. */
    static final int MOST_VAIN_STARTS = 3;

    private final String text;
    private Phase phase = Phase.WAITING;
    private int starts;
    private int vainStarts;
    private Integer exitCode;
    private String message = "";
    private Instant firstBegun;
    private Instant begun;
    private Instant ended;
    private double seconds;
    private String log = "";
    private ProcessId process;

    /** The phases of a run. */
    enum Phase {
        /** It was never started, or is to be tried again. */
        WAITING,
        /** Its process computes. */
        RUNNING,
        /** It is to be resumed. */
        STOPPED,
        /** It came to its end. */
        DONE,
        /** It ended with an error. */
        FAILED;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    RunState(String text) {
        this.text = text;
    }

    // ---- What happens to it

    /** It is about to be started; its process is told when there is one. */
    void begin(RunLog output) {
        phase = Phase.RUNNING;
        log = output.file().getFileName().toString();
        starts++;
        begun = Instant.now();
        firstBegun = firstBegun == null ? begun : firstBegun;
        ended = null;
        exitCode = null;
        message = "";
        process = null;
    }

    void process(ProcessId id) {
        process = id;
    }

    /** Tells whether a process with that exit code and output was stopped rather than failed. */
    static boolean isStop(int code, RunLog output) {
        return STOPPED_BY_SIGNAL.contains(code) || code != 0 && output.isOfFailedVm();
    }

    /** It is to be resumed: its queue or a pause had it end, or it ended when no queue was there to see how. */
    void stopped(double took) {
        vainStarts = 0;
        end(Phase.STOPPED, took);
    }

    /**
     * Its process has ended by itself, or somebody else ended it.
     *
     * @param code of its exit
     * @param output of it
     * @param saved whether it got further since it was started, and saved that
     * @param took seconds
     */
    void ended(int code, RunLog output, boolean saved, double took) {
        exitCode = code;
        if (code == 0) {
            end(Phase.DONE, took);
        } else if (!isStop(code, output)) {
            fail(output.lastLine(), took);
        } else {
            vainStarts = saved ? 0 : vainStarts + 1;
            if (vainStarts < MOST_VAIN_STARTS) {
                end(Phase.STOPPED, took);
            } else {
                fail("ended early " + vainStarts + " times in a row before it saved any update; last: "
                        + output.lastLine(),
                        took);
            }
        }
    }

    /** It has not come to its end, and would not if it was started again as it is. */
    void fail(String reason, double took) {
        message = reason;
        end(Phase.FAILED, took);
    }

    private void end(Phase last, double took) {
        phase = last;
        ended = Instant.now();
        seconds += took;
        process = null;
    }

    /** What failed is to be tried again; false if it had not failed. */
    boolean retry() {
        boolean failed = phase == Phase.FAILED;
        if (failed) {
            phase = Phase.WAITING;
            vainStarts = 0;
        }
        return failed;
    }

    // ---- What is known of it

    String text() {
        return text;
    }

    Phase phase() {
        return phase;
    }

    int starts() {
        return starts;
    }

    Integer exitCodeOrNull() {
        return exitCode;
    }

    String message() {
        return message;
    }

    Instant firstBegunOrNull() {
        return firstBegun;
    }

    Instant begunOrNull() {
        return begun;
    }

    Instant endedOrNull() {
        return ended;
    }

    /** Returns the duration of all its starts that have ended. */
    double seconds() {
        return seconds;
    }

    /** The name of the file that its output is in, empty if it was never started. */
    String log() {
        return log;
    }

    ProcessId processOrNull() {
        return process;
    }

    // ---- As JSON

    Map<String, Object> toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("run", text);
        json.put("state", phase.toString());
        json.put("starts", starts);
        json.put("vain_starts", vainStarts);
        putIfThere(json, "exit_code", exitCode);
        json.put("message", message);
        putIfThere(json, "first_begun", string(firstBegun));
        putIfThere(json, "begun", string(begun));
        putIfThere(json, "ended", string(ended));
        json.put("seconds", seconds);
        json.put("log", log);
        putIfThere(json, "process", process == null ? null : process.toJson());
        return json;
    }

    private static String string(Instant timeOrNull) {
        return timeOrNull == null ? null : timeOrNull.toString();
    }

    private static void putIfThere(Map<String, Object> json, String key, Object valueOrNull) {
        if (valueOrNull != null) {
            json.put(key, valueOrNull);
        }
    }

    static RunState of(JsonObject json) throws MalformedFileException {
        RunState state = new RunState(json.string("run"));
        state.phase = phase(json);
        state.starts = json.integer("starts", 0, Integer.MAX_VALUE);
        state.vainStarts = json.integer("vain_starts", 0, Integer.MAX_VALUE);
        state.exitCode = json.has("exit_code") ? json.integer("exit_code", Integer.MIN_VALUE, Integer.MAX_VALUE) : null;
        state.message = json.string("message");
        state.firstBegun = json.has("first_begun") ? Instants.of(json, "first_begun") : null;
        state.begun = json.has("begun") ? Instants.of(json, "begun") : null;
        state.ended = json.has("ended") ? Instants.of(json, "ended") : null;
        state.seconds = json.number("seconds");
        state.log = json.string("log");
        state.process = json.has("process") ? ProcessId.of(json.object("process")) : null;
        if (state.phase == Phase.RUNNING && state.begun == null) {
            throw json.fault("begun", "there, for a run that is running");
        }
        return state;
    }

    private static Phase phase(JsonObject json) throws MalformedFileException {
        String name = json.string("state");
        for (Phase phase : Phase.values()) {
            if (phase.toString().equals(name)) {
                return phase;
            }
        }
        throw json.fault("state", "one of " + Arrays.toString(Phase.values()));
    }
}
