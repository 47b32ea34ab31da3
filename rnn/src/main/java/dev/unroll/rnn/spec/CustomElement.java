package dev.unroll.rnn.spec;

import dev.unroll.rnn.io.Shown;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What the text of a user-defined layer or output map says: {@code kind:sizes:option:option=value}, where sizes and
 * options may be missing.
 *
 * @param kind with a dot in it, which no built-in kind has
 * @param sizes possibly none
 * @param wrapping options of the library's, for what is put around the layer
 * @param options of the factory's, with an empty value where the text has no {@code =}
 */
record CustomElement(
        String kind, List<Integer> sizes, Map<LayerOption<?>, Object> wrapping, Map<String, String> options) {
    private static final Pattern KIND = Pattern.compile("[a-z][a-z0-9_-]*(\\.[a-z0-9_-]+)+");
    private static final Pattern OPTION = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]*(=[^\\s=]+)?");
    private static final int MOST_CHARACTERS = 1_000;

    CustomElement {
        sizes = List.copyOf(sizes);
        wrapping = Collections.unmodifiableMap(new TreeMap<>(wrapping));
        options = Collections.unmodifiableMap(new TreeMap<>(options));
    }

    /** Whether a kind is a user-defined one. */
    static boolean isKind(String kind) {
        return kind.indexOf('.') >= 0;
    }

    static void requireKind(String kind) {
        if (!KIND.matcher(kind).matches()) {
            throw new IllegalArgumentException("kind " + Shown.brief(kind) + " is no name for a user-defined kind;"
                    + " expected small letters, digits, _ and - with a dot between, such as acme.peephole");
        }
    }

    /** An element and how often it stands there: {@code acme.peephole:2x64} is two. */
    record Repeated(int count, CustomElement element) {
        static Repeated parse(String text) {
            if (text.length() > MOST_CHARACTERS) {
                throw new IllegalArgumentException("an element of " + text.length()
                        + " characters is longer than the " + MOST_CHARACTERS + " that are read; give a shorter one");
            }
            String[] parts = text.strip().split(":", -1);
            requireKind(parts[0]);
            boolean hasSizes = parts.length > 1 && !parts[1].isEmpty() && Character.isDigit(parts[1].charAt(0));
            int times = hasSizes ? parts[1].indexOf('x') : -1;
            int count = times < 0 ? 1 : LayerSpec.parseSizes(parts[1].substring(0, times)).getFirst();
            ModelSpec.check("layers", count, ModelSpec.MAX_LAYERS);
            List<Integer> sizes = hasSizes ? LayerSpec.parseSizes(parts[1].substring(times + 1)) : List.of();
            return new Repeated(count, element(parts[0], sizes, Arrays.asList(parts).subList(hasSizes ? 2 : 1,
                    parts.length)));
        }

        private static CustomElement element(String kind, List<Integer> sizes, List<String> parts) {
            Map<LayerOption<?>, Object> wrapping = new TreeMap<>();
            Map<String, String> options = new TreeMap<>();
            for (String part : parts) {
                if (!OPTION.matcher(part).matches()) {
                    throw new IllegalArgumentException("option " + Shown.brief(part) + " cannot be read; expected name"
                            + " or name=value, without blanks");
                }
                int equals = part.indexOf('=');
                String name = equals < 0 ? part : part.substring(0, equals);
                String value = part.substring(equals < 0 ? part.length() : equals + 1);
                LayerOption<?> around = Wrapping.optionOrNull(name);
                boolean isTwice = around == null
                        ? options.putIfAbsent(name, value) != null
                        : wrapping.putIfAbsent(around, around.parse(value)) != null;
                if (isTwice) {
                    throw new IllegalArgumentException("option " + Shown.brief(name) + " is given twice; give it once");
                }
            }
            Wrapping.check(kind, wrapping);
            return new CustomElement(kind, sizes, wrapping, options);
        }
    }

    String brief() {
        return Shown.brief(toString());
    }

    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(":").add(kind);
        if (!sizes.isEmpty()) {
            text.add(LayerSpec.print(sizes));
        }
        wrapping.forEach((option, value) -> text.add(option.print(value)));
        options.forEach((name, value) -> text.add(value.isEmpty() ? name : name + "=" + value));
        return text.toString();
    }
}
