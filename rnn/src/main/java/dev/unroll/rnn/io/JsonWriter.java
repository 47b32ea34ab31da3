package dev.unroll.rnn.io;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Appends one value as JSON text; {@link Json} says what is accepted. */
final class JsonWriter {
    private final StringBuilder out = new StringBuilder();
    private final boolean indented;
    private int depth;
    private int values;

    JsonWriter(boolean indented) {
        this.indented = indented;
    }

    String text(Object value) {
        append(value);
        if (indented) {
            out.append('\n');
        }
        String text = out.toString();
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        if (length > Json.MAX_LENGTH) {
            throw new IllegalArgumentException("JSON of " + length + " bytes could not be read back; write at most "
                    + Json.MAX_LENGTH);
        }
        return text;
    }

    private void append(Object value) {
        if (++values > Json.MAX_VALUES) {
            throw new IllegalArgumentException(
                    "JSON of more than " + Json.MAX_VALUES + " values could not be read back; write fewer");
        }
        switch (value) {
            case null -> out.append("null");
            case Boolean b -> out.append(b);
            case String s -> appendString(s);
            case Byte n -> out.append(n);
            case Short n -> out.append(n);
            case Integer n -> out.append(n);
            case Long n -> out.append(n);
            case Float n -> appendNumber(viaDouble(n));
            case Double n -> appendNumber(n);
            case Map<?, ?> members -> appendObject(members);
            case List<?> elements -> appendArray(elements);
            default -> throw new IllegalArgumentException(
                    "JSON has no value for a " + value.getClass().getName() + ": give a string, number, list or map");
        }
    }

    private void appendNumber(double number) {
        if (!Double.isFinite(number)) {
            throw new IllegalArgumentException("JSON has no " + number + ": write only finite numbers");
        }
        out.append(number);
    }

    /** The double with the float's own few digits, unless that rounds to another float, as for 7.038531E-26. */
    private static double viaDouble(float number) {
        double digits = Double.parseDouble(Float.toString(number));
        return (float) digits == number ? digits : number;
    }

    private void appendString(String string) {
        if (!Json.isUnicode(string)) {
            throw new IllegalArgumentException(
                    "the string " + Shown.quote(string)
                            + " has an unpaired surrogate: split text only between code points");
        }
        appendQuoted(out, string);
    }

    private void appendObject(Map<?, ?> members) {
        open('{');
        String separator = "";
        for (Map.Entry<?, ?> member : members.entrySet()) {
            if (!(member.getKey() instanceof String key)) {
                throw new IllegalArgumentException(
                        "a JSON key must be a string, not " + Shown.brief(String.valueOf(member.getKey())));
            }
            out.append(separator);
            newLine();
            appendString(key);
            out.append(indented ? ": " : ":");
            append(member.getValue());
            separator = ",";
        }
        close('}', members.isEmpty());
    }

    private void appendArray(List<?> elements) {
        boolean oneLine = elements.stream().noneMatch(e -> e instanceof Map || e instanceof Collection);
        open('[');
        String separator = "";
        for (Object element : elements) {
            out.append(separator);
            if (!oneLine) {
                newLine();
            } else if (indented && !separator.isEmpty()) {
                out.append(' ');
            }
            append(element);
            separator = ",";
        }
        close(']', oneLine);
    }

    private void open(char bracket) {
        if (++depth > Json.MAX_DEPTH) {
            throw new IllegalArgumentException("JSON nested deeper than " + Json.MAX_DEPTH
                    + " could not be read back; nest less, or not in a circle");
        }
        out.append(bracket);
    }

    private void close(char bracket, boolean oneLine) {
        depth--;
        if (!oneLine) {
            newLine();
        }
        out.append(bracket);
    }

    private void newLine() {
        if (indented) {
            out.append('\n').repeat("  ", depth);
        }
    }

    /** Escapes, beyond what JSON demands, whatever would not show or would break a line of a message. */
    static StringBuilder appendQuoted(StringBuilder out, String string) {
        out.append('"');
        string.codePoints().forEach(c -> appendEscaped(out, c));
        return out.append('"');
    }

    private static void appendEscaped(StringBuilder out, int codePoint) {
        switch (codePoint) {
            case '"', '\\' -> out.append('\\').append((char) codePoint);
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                if (Shown.isInvisible(codePoint)) {
                    Character.toString(codePoint).chars().forEach(c -> out.append(String.format("\\u%04x", c)));
                } else {
                    out.appendCodePoint(codePoint);
                }
            }
        }
    }
}
