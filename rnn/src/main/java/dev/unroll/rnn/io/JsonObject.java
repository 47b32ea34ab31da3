package dev.unroll.rnn.io;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A JSON object that was read, with getters of the type that the reader expects. What is missing or of another type is
 * refused by one line that names the file, the member with its path, what was expected and what was found:
 * {@code model.json: layers[1].hidden: expected an integer but found "wide"}.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class JsonObject {
    private static final Pattern PLAIN = Pattern.compile("[\\w-]{1,60}");

    private final String source;
    private final String path;
    private final Map<?, ?> members;

    private JsonObject(String source, String path, Map<?, ?> members) {
        this.source = source;
        this.path = path;
        this.members = members;
    }

    /**
     * Sees a parsed value as an object.
     *
     * @param source where the value is from, for messages
     * @param value of {@link Json#parse}
     * @return its members
     * @throws MalformedFileException if it is not an object
     */
    public static JsonObject of(String source, Object value) throws MalformedFileException {
        if (value instanceof Map<?, ?> members) {
            return new JsonObject(source, "", members);
        }
        throw new MalformedFileException(source, "expected an object but found " + shown(value));
    }

    /**
     * Where the object is from.
     *
     * @return the file or what else messages name
     */
    public String source() {
        return source;
    }

    /**
     * All members as plain Java.
     *
     * @return an unmodifiable map in the order of the text
     */
    public Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        members.forEach((key, value) -> values.put((String) key, value));
        return Collections.unmodifiableMap(values);
    }

    /**
     * The keys, in the order of the text.
     *
     * @return all keys
     */
    public List<String> keys() {
        return members.keySet().stream().map(String.class::cast).toList();
    }

    /**
     * Whether there is a member, of whatever type, null included.
     *
     * @param key of the member
     * @return true if it is there
     */
    public boolean has(String key) {
        return members.containsKey(key);
    }

    /**
     * Refuses members that the caller does not know, so that a misspelt key is not silently ignored.
     *
     * @param known every key that may be there
     * @throws MalformedFileException if there is another one
     */
    public void requireOnly(String... known) throws MalformedFileException {
        List<String> all = List.of(known);
        for (String key : keys()) {
            if (!all.contains(key)) {
                throw new MalformedFileException(source, name(key) + " is not known; known are " + all);
            }
        }
    }

    /**
     * A string.
     *
     * @param key of the member
     * @return the string
     * @throws MalformedFileException if it is missing or of another type
     */
    public String string(String key) throws MalformedFileException {
        return as(String.class, "a string", name(key), member(key));
    }

    /**
     * An integer.
     *
     * @param key of the member
     * @return the integer
     * @throws MalformedFileException if it is missing, of another type, or has a fraction or an exponent
     */
    public long integer(String key) throws MalformedFileException {
        return as(Long.class, "an integer", name(key), member(key));
    }

    /**
     * An integer within bounds.
     *
     * @param key of the member
     * @param min the smallest allowed
     * @param max the largest allowed
     * @return the integer
     * @throws MalformedFileException if it is missing, not an integer or not within the bounds
     */
    public int integer(String key, int min, int max) throws MalformedFileException {
        long value = integer(key);
        if (value < min || value > max) {
            throw mistyped(name(key), "an integer from " + min + " to " + max, value);
        }
        return (int) value;
    }

    /**
     * A number, integers included.
     *
     * @param key of the member
     * @return the number, finite
     * @throws MalformedFileException if it is missing or of another type
     */
    public double number(String key) throws MalformedFileException {
        return as(Number.class, "a number", name(key), member(key)).doubleValue();
    }

    /**
     * True or false.
     *
     * @param key of the member
     * @return the value
     * @throws MalformedFileException if it is missing or of another type
     */
    public boolean bool(String key) throws MalformedFileException {
        return as(Boolean.class, "true or false", name(key), member(key));
    }

    /**
     * An object inside this one.
     *
     * @param key of the member
     * @return the object
     * @throws MalformedFileException if it is missing or of another type
     */
    public JsonObject object(String key) throws MalformedFileException {
        return new JsonObject(source, name(key), as(Map.class, "an object", name(key), member(key)));
    }

    /**
     * An array of objects.
     *
     * @param key of the member
     * @return the objects
     * @throws MalformedFileException if it is missing or if it or an element is of another type
     */
    public List<JsonObject> objects(String key) throws MalformedFileException {
        List<JsonObject> objects = new ArrayList<>();
        for (Map<?, ?> element : elements(key, Map.class, "an object")) {
            objects.add(new JsonObject(source, name(key) + "[" + objects.size() + "]", element));
        }
        return objects;
    }

    /**
     * An array of strings.
     *
     * @param key of the member
     * @return the strings
     * @throws MalformedFileException if it is missing or if it or an element is of another type
     */
    public List<String> strings(String key) throws MalformedFileException {
        return elements(key, String.class, "a string");
    }

    /**
     * An array of integers.
     *
     * @param key of the member
     * @return the integers
     * @throws MalformedFileException if it is missing or if it or an element is of another type
     */
    public long[] integers(String key) throws MalformedFileException {
        return elements(key, Long.class, "an integer").stream().mapToLong(Long::longValue).toArray();
    }

    /**
     * A fault of one member that the caller found, worded as those found here.
     *
     * @param key of the member
     * @param expected what the member should have been
     * @return the exception to throw
     */
    public MalformedFileException fault(String key, String expected) {
        return mistyped(name(key), expected, members.get(key));
    }

    private <T> List<T> elements(String key, Class<T> type, String expected) throws MalformedFileException {
        List<?> array = as(List.class, "an array", name(key), member(key));
        List<T> elements = new ArrayList<>(array.size());
        for (Object element : array) {
            elements.add(as(type, expected, name(key) + "[" + elements.size() + "]", element));
        }
        return elements;
    }

    /** Any value, null if there is none. */
    Object value(String key) {
        return members.get(key);
    }

    private Object member(String key) throws MalformedFileException {
        if (!members.containsKey(key)) {
            throw new MalformedFileException(source, name(key) + " is missing");
        }
        return members.get(key);
    }

    private <T> T as(Class<T> type, String expected, String name, Object value) throws MalformedFileException {
        if (!type.isInstance(value)) {
            throw mistyped(name, expected, value);
        }
        return type.cast(value);
    }

    private MalformedFileException mistyped(String name, String expected, Object value) {
        return new MalformedFileException(source, name + ": expected " + expected + " but found " + shown(value));
    }

    /** The path to a member; a key that is no plain word stands in quotes, since it comes from the file. */
    private String name(String key) {
        String word = PLAIN.matcher(key).matches() ? key : Shown.quote(key);
        return path.isEmpty() ? word : path + "." + word;
    }

    private static String shown(Object value) {
        return switch (value) {
            case Map<?, ?> _ -> "an object";
            case List<?> _ -> "an array";
            case String string -> Shown.quote(string);
            case null, default -> String.valueOf(value);
        };
    }
}
