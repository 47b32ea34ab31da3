package dev.unroll.bench.queue;

import dev.unroll.rnn.io.JsonObject;
import dev.unroll.rnn.io.MalformedFileException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;

/** Times, in files and for people. */
final class Instants {
    private static final DateTimeFormatter SHORT = DateTimeFormatter.ofPattern("MM-dd HH:mm", Locale.ROOT);
    private static final int MINUTE = 60;
    private static final int HOUR = 3_600;

    private Instants() {}

    static Instant of(JsonObject json, String key) throws MalformedFileException {
        try {
            return Instant.parse(json.string(key));
        } catch (DateTimeParseException e) {
            throw json.fault(key, "a time such as 2026-01-31T12:00:00Z");
        }
    }

    /** Day and minute here, or a dash. */
    static String text(Instant timeOrNull) {
        return timeOrNull == null ? "-" : SHORT.format(timeOrNull.atZone(ZoneId.systemDefault()));
    }

    static String text(double duration) {
        long seconds = Math.round(duration);
        if (seconds < MINUTE) {
            return seconds + " s";
        }
        return seconds < HOUR
                ? String.format(Locale.ROOT, "%d min %02d s", seconds / MINUTE, seconds % MINUTE)
                : String.format(Locale.ROOT, "%d h %02d min", seconds / HOUR, seconds % HOUR / MINUTE);
    }
}
