package dev.unroll.rnn.io;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    private static Object parse(String text) throws MalformedFileException {
        return Json.parse("model.json", text.getBytes(StandardCharsets.UTF_8));
    }

    private static String fault(String text) {
        String message = assertThrows(MalformedFileException.class, () -> parse(text)).getMessage();
        assertFalse(message.contains("\n"), message);
        return message;
    }

    @Test
    void everyKindOfValueIsReadAsPlainJava() throws Exception {
        Map<String, Object> expected = new LinkedHashMap<>();
        expected.put("z", List.of(0L, -7L, Long.MAX_VALUE, Long.MIN_VALUE));
        expected.put("a", Arrays.asList(0.5, 1e300, -0.0, 100.0, true, false, null));
        expected.put("", "\"\\/\b\f\n\r\t é 😀 \u0000");
        Object found = parse(
                """
                 {"z" : [0, -7,\t9223372036854775807, -9223372036854775808],\r
                  "a": [0.5, 1E+300, -0.0, 1e2, true, false, null],
                  "": "\\"\\\\\\/\\b\\f\\n\\r\\t \\u00e9 \\uD83D\\ude00 \\u0000"}
                """);
        assertEquals(expected, found);
        assertEquals(List.of("z", "a", ""), List.copyOf(((Map<?, ?>) found).keySet()), "order of the text");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "{", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
                "{a:1}", "{'a':1}", "{1:1}", "{\"a\":1 \"b\":2}", "{\"a\":1}{", "tru", "truex", "True", "nul", "NaN",
                "Infinity", "-Infinity", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x10", "1_000", "1f", "--1",
                "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u١٢٣٤\"", "\"\\",
                "\"\n\"", "\"\t\"", "'a'", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "// comment\n1",
                "1 /* */", "\uFEFF1", "\u00a01", "[1}", "{\"a\":1]", "9223372036854775808", "-9223372036854775809",
                "1e309", "-1e999"
            })
    void whatIsNotStrictJsonIsRefused(String text) {
        assertTrue(fault(text).startsWith("model.json: "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"a":1x}     | model.json: expected ',' or '}' at character 7 but found 'x'
            ["😀" 1]      | model.json: expected ',' or ']' at character 6 but found '1'
            {"a":1,"a":2} | model.json: the key "a" is given twice in one object at character 8
            [1,2         | model.json: expected ',' or ']' at character 5 but found the end
            [tru]        | model.json: expected true at character 2 but found 't'
            "\\q"         | model.json: expected one of "\\/bfnrtu after '\\' at character 3 but found 'q'
            1e999        | model.json: the number 1e999 is out of the range of 64-bit floating point at character 1
            """)
    void aFaultNamesTheFileTheCharacterAndWhatWasExpected(String text, String message) {
        assertEquals(message, fault(text));
    }

    @Test
    void aFaultNeverPrintsWhatCannotBeSeen() {
        assertEquals("model.json: expected a value at character 1 but found U+001B", fault("\u001b[2J"));
        assertEquals("model.json: expected a value at character 2 but found U+202E", fault("[\u202e]"));
        assertTrue(fault("{\"\\n\u2028\":1,\"\\n\u2028\":2}").contains("\"\\n\\u2028\""));
        String longKey = "\"" + "k".repeat(1000) + "\":1";
        assertTrue(fault("{" + longKey + "," + longKey + "}").length() < 200);
    }

    @Test
    void textThatIsNotUtf8IsRefusedWithItsByte() {
        byte[] overlongSlash = {'"', 'a', (byte) 0xC0, (byte) 0xAF, '"'};
        String message = assertThrows(MalformedFileException.class, () -> Json.parse("x", overlongSlash))
                .getMessage();
        assertEquals("x: not UTF-8 text at byte 3; save it as UTF-8", message);
    }

    @Test
    void nestingIsBounded() throws Exception {
        int max = Json.MAX_DEPTH;
        Object deepest = parse("[".repeat(max) + "]".repeat(max));
        assertEquals(deepest, parse(Json.write(deepest)));
        Object sideBySide = Collections.nCopies(max + 1, List.of(Map.of()));
        assertEquals(sideBySide, parse(Json.write(sideBySide)));
        assertTrue(fault("[".repeat(max + 1)).endsWith("nested deeper than 64 at character 65"));
        assertTrue(fault("{\"\":".repeat(1_000_000)).contains("nested deeper"));
        assertThrows(IllegalArgumentException.class, () -> Json.write(List.of(deepest)));
    }

    @Tag("full")
    @Test
    void theNumberOfValuesIsBounded() throws Exception {
        List<Object> most = new ArrayList<>(Collections.nCopies(Json.MAX_VALUES - 1, 1L));
        assertEquals(most, parse(Json.write(most)));
        most.add(1L);
        assertThrows(IllegalArgumentException.class, () -> Json.write(most));
        assertTrue(fault("[" + "1,".repeat(Json.MAX_VALUES) + "1]")
                .contains("expected at most 4194304 values but found more"));
    }

    @Tag("full")
    @Test
    void theLengthOfTextAndNumbersIsBounded(@TempDir Path folder) throws Exception {
        assertEquals(0.5, parse("0.5" + "0".repeat(Json.MAX_NUMBER_LENGTH - 3)));
        assertTrue(fault("0.5" + "0".repeat(Json.MAX_NUMBER_LENGTH - 2)).contains("more than 64 characters"));
        assertTrue(fault("9".repeat(1_000_000)).contains("more than 64 characters"));
        String longest = "x".repeat(Json.MAX_LENGTH - 2);
        assertEquals(longest, parse(Json.writeCompact(longest)));
        assertThrows(IllegalArgumentException.class, () -> Json.writeCompact(longest + "x"));
        assertTrue(fault(" ".repeat(Json.MAX_LENGTH) + "1")
                .contains("has 100000001 bytes; expected JSON of at most 100000000"));
        Path file = Files.writeString(folder.resolve("long.json"), " ".repeat(Json.MAX_LENGTH) + "{}");
        assertThrows(MalformedFileException.class, () -> Json.read(file));
    }

    @Test
    void writtenTextIsIndentedForPeopleAndStable() {
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("cell", "lstm");
        model.put("rate", 0.1f);
        model.put("layers", List.of(new LinkedHashMap<>(Map.of("hidden", 256)), Map.of()));
        model.put("shape", List.of(2, 3));
        model.put("rows", List.of(List.of(1, 2), List.of()));
        model.put("none", Map.of());
        String expected =
                """
                {
                  "cell": "lstm",
                  "rate": 0.1,
                  "layers": [
                    {
                      "hidden": 256
                    },
                    {}
                  ],
                  "shape": [2, 3],
                  "rows": [
                    [1, 2],
                    []
                  ],
                  "none": {}
                }
                """;
        assertEquals(expected, Json.write(model));
        assertEquals("{\"a\":[1,\"b\",{\"c\":null}]}", Json.writeCompact(new LinkedHashMap<>(
                Map.of("a", List.of(1, "b", Collections.singletonMap("c", null))))));
    }

    @Test
    void whatJsonCannotSayIsNotWritten() {
        for (Object value : new Object[] {
            Double.NaN, Double.POSITIVE_INFINITY, Float.NaN, Float.NEGATIVE_INFINITY, 'c', new int[1], "\ud800",
            Map.of(1, 2), Map.of("\udc00", 1), java.math.BigInteger.ONE
        }) {
            String message = assertThrows(IllegalArgumentException.class, () -> Json.write(List.of(value)))
                    .getMessage();
            assertFalse(message.contains("\n"), message);
        }
        List<Object> itself = new ArrayList<>();
        itself.add(itself);
        assertThrows(IllegalArgumentException.class, () -> Json.write(itself));
    }

    @Test
    void aFileIsReadAsAnObjectOrSaysWhatIsWrong(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("model.json"), "{\"hidden\": 3}\n");
        assertEquals(3, assertDoesNotThrow(() -> Json.read(file)).integer("hidden"));
        Files.writeString(file, "[]");
        assertEquals(file + ": expected an object but found an array", message(file));
        Files.writeString(file, "");
        assertEquals(file + ": expected a value at character 1 but found the end", message(file));
        Path missing = folder.resolve("missing.json");
        String message = assertThrows(NoSuchFileException.class, () -> Json.read(missing)).getMessage();
        assertEquals(missing + ": no such file; check the path or save it again", message);
        assertEquals(folder + ": not a regular file; give the path of a file", message(folder));
    }

    private static String message(Path file) {
        return assertThrows(java.io.IOException.class, () -> Json.read(file)).getMessage();
    }
}
