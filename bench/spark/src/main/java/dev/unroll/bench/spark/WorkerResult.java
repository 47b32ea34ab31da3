package dev.unroll.bench.spark;

import dev.unroll.bench.cli.common.CommandLines;
import dev.unroll.rnn.io.Shown;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.util.Map;

/**
 * How the training ended in one worker. Failures are results too: Spark would end the other workers, of which one may know
 * the reason.
 *
 * @param failure in one line, empty for none
 * @param trace where the failure came from
 * @param isLost whether another worker, or the connection to it, was lost, so that an attempt is worth while
 * @param code the exit code of {@code unroll train}
 * @param progress the last lines of the first worker
 * @param files the model, by the names of its files, if the driver does not see where it was saved
 * @param jsonOrNull the results
 */
record WorkerResult(
        String failure, String trace, boolean isLost, int code, ProgressLines.Last progress, Map<String, byte[]> files,
        byte[] jsonOrNull) implements Serializable {
    static WorkerResult failed(Throwable reason, boolean isLost, ProgressLines.Last progress) {
        StringWriter trace = new StringWriter();
        reason.printStackTrace(new PrintWriter(trace));
        String failure = reason instanceof Exception e ? CommandLines.reason(e) : Shown.message(reason.toString());
        return new WorkerResult(failure, trace.toString(), isLost, 1, progress, Map.of(), null);
    }
}
