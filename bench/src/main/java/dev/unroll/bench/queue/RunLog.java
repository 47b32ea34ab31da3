package dev.unroll.bench.queue;

import dev.unroll.rnn.io.Shown;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/** The output of all starts of one run. */
record RunLog(Path file) {
    private static final String HEADING = "==== ";
    private static final Pattern STACK_FRAME = Pattern.compile("at .*|\\.\\.\\. \\d+ more");
    private static final String VM_FAILURE = "Error occurred during initialization of VM";
    /** The virtual machine says so first, perhaps after a few warnings; later the line is that of another one. */
    private static final int FIRST_LINES = 5;
    private static final int LAST_BYTES = 8_192;

    /** Marks the beginning of what the next start prints. */
    void begin(RunState run) throws IOException {
        String text = HEADING + "start " + run.starts() + ", " + run.begunOrNull() + ": unroll " + run.text() + "\n";
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /**
     * Returns the last line printed by the most recent start, escaped, ignoring stack frames; empty if there is none or the
     * log cannot be read.
     */
    String lastLine() {
        List<String> lines = lastLines().stream().filter(line -> !STACK_FRAME.matcher(line).matches()).toList();
        return lines.isEmpty() ? "" : Shown.message(lines.getLast());
    }

    /**
     * Tells whether the last start ended before its virtual machine could run a program. One that gets a signal in its
     * first moments may fail so, instead of ending with the exit code of the signal.
     */
    boolean isOfFailedVm() {
        return lastLines().stream().limit(FIRST_LINES).anyMatch(VM_FAILURE::equals);
    }

    /** What the last start printed last, without empty lines; empty if it cannot be read. */
    private List<String> lastLines() {
        try {
            List<String> lines = tail().lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
            int heading = lines.size() - 1;
            while (heading >= 0 && !lines.get(heading).startsWith(HEADING)) {
                heading--;
            }
            return lines.subList(heading + 1, lines.size());
        } catch (IOException e) {
            return List.of();
        }
    }

    private String tail() throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            channel.position(Math.max(0, channel.size() - LAST_BYTES));
            ByteBuffer bytes = ByteBuffer.allocate(LAST_BYTES);
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
            return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
        }
    }

    /** Returns how long a run has printed, if its end was not observed. */
    double secondsSince(Instant begin) {
        try {
            return Math.max(0, Duration.between(begin, Files.getLastModifiedTime(file).toInstant()).toMillis() / 1e3);
        } catch (IOException e) {
            return 0;
        }
    }
}
