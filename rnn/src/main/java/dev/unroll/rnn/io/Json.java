package dev.unroll.rnn.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/**
 * JSON as RFC 8259 writes it, within bounds that keep a hostile file from taking the memory or the stack.
 *
 * <p>Values are plain Java: {@code Map<String, Object>} in the order of the text, {@code List<Object>}, {@code String},
 * {@code Long}, {@code Double}, {@code Boolean} and null. A number without fraction and exponent is a Long, every other
 * one a Double; one that fits neither is refused, as are a key that stands twice in one object and half a surrogate
 * pair. What {@link #write} accepts, {@link #parse} reads back as equal values.
 *
 * <p>Its methods keep nothing, and many threads may call them.
 */
public final class Json {
    /** The longest text, in bytes of UTF-8: a description with a vocabulary of some million words fits. */
    public static final int MAX_LENGTH = 100_000_000;

    /** The deepest nesting of objects and arrays. */
    public static final int MAX_DEPTH = 64;

    /** The most values in one text, members and elements included: bounds what many tiny values cost in memory. */
    public static final int MAX_VALUES = 1 << 22;

    /** The most characters of one number; a double needs at most 24. */
    public static final int MAX_NUMBER_LENGTH = 64;

    private Json() {}

    /**
     * Reads a file that holds one JSON object.
     *
     * @param file the file
     * @return its members, with getters that name the file and the member in what they throw
     * @throws NoSuchFileException if there is no such file
     * @throws MalformedFileException if it is not one JSON object within the bounds
     * @throws IOException if reading fails
     */
    public static JsonObject read(Path file) throws IOException {
        ModelFolder.requireFile(file);
        byte[] bytes = AtomicFile.readUpTo(file, MAX_LENGTH + 1);
        String source = file.toString();
        return JsonObject.of(source, parse(source, bytes));
    }

    /**
     * Parses one JSON value.
     *
     * @param source where the text is from, for messages
     * @param utf8 the whole text, in UTF-8
     * @return the value, as plain Java
     * @throws MalformedFileException if the text is not one JSON value within the bounds; the message gives the
     *     position, the first character being number 1
     */
    public static Object parse(String source, byte[] utf8) throws MalformedFileException {
        if (utf8.length > MAX_LENGTH) {
            throw new MalformedFileException(source,
                    "has " + utf8.length + " bytes; expected JSON of at most " + MAX_LENGTH);
        }
        ByteBuffer bytes = ByteBuffer.wrap(utf8);
        try {
            return new JsonReader(source, StandardCharsets.UTF_8.newDecoder().decode(bytes).toString()).parse();
        } catch (CharacterCodingException e) {
            throw new MalformedFileException(source,
                    "not UTF-8 text at byte " + (bytes.position() + 1) + "; save it as UTF-8");
        }
    }

    /**
     * Writes a value for people and programs: indented by two spaces, arrays of plain values on one line, members in
     * the order of their map, a line feed at the end. Equal values give equal text.
     *
     * @param value maps with string keys, lists, strings, booleans, null, and Byte, Short, Integer, Long, Float or
     *     Double; a Float is written in so many digits that {@code (float)} of the double read is the same
     * @return the text
     * @throws IllegalArgumentException if a value is of another class, not finite, not valid Unicode, or if the bounds
     *     are exceeded
     */
    public static String write(Object value) {
        return new JsonWriter(true).text(value);
    }

    /**
     * Writes a value without spaces or line feeds.
     *
     * @param value as for {@link #write}
     * @return the text
     * @throws IllegalArgumentException as {@link #write} does
     */
    public static String writeCompact(Object value) {
        return new JsonWriter(false).text(value);
    }

    /**
     * Copies an object of JSON values.
     *
     * @param members by name, as for {@link #write}
     * @return an unmodifiable map of what reading what was written gives
     * @throws IllegalArgumentException as {@link #write} does
     */
    public static Map<String, Object> copy(Map<String, ?> members) {
        String text = writeCompact(members);
        try {
            return JsonObject.of("a copy", new JsonReader("a copy", text).parse()).values();
        } catch (MalformedFileException e) {
            throw new IllegalArgumentException(e.getMessage(), e); // a key twice, by equal strings of another class
        }
    }

    /** Whether a string is valid Unicode, which is to say can be written in UTF-8. */
    static boolean isUnicode(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (!Character.isSupplementaryCodePoint(text.codePointAt(i))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }
}
