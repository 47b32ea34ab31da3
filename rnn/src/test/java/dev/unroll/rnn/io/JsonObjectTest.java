package dev.unroll.rnn.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class JsonObjectTest {
    private static final String TEXT =
            """
            {"name": "m", "seed": 9007199254740993, "rate": 2, "clip": 0.5, "ties": true, "sizes": [1, 2],
             "words": ["a", "b"], "none": null, "layers": [{"hidden": 4}, {"hidden": "wide"}], "a.b": {"x": 1.0}}
            """;

    private static JsonObject model() throws MalformedFileException {
        return JsonObject.of("model.json", Json.parse("model.json", TEXT.getBytes(StandardCharsets.UTF_8)));
    }

    private static void refused(String message, Executable getter) {
        assertEquals("model.json: " + message, assertThrows(MalformedFileException.class, getter).getMessage());
    }

    @Test
    void membersAreReadByType() throws Exception {
        JsonObject model = model();
        assertEquals("m", model.string("name"));
        assertEquals(9007199254740993L, model.integer("seed"));
        assertEquals(2.0, model.number("rate"));
        assertEquals(0.5, model.number("clip"));
        assertTrue(model.bool("ties"));
        assertArrayEquals(new long[] {1, 2}, model.integers("sizes"));
        assertEquals(List.of("a", "b"), model.strings("words"));
        assertEquals(4, model.objects("layers").getFirst().integer("hidden", 1, 4));
        assertTrue(model.has("none"));
        assertFalse(model.has("nothing"));
        assertEquals("name", model.keys().getFirst());
    }

    @Test
    void aMissingOrMistypedMemberIsNamedWithItsPath() throws Exception {
        JsonObject model = model();
        refused("depth is missing", () -> model.integer("depth"));
        refused("name: expected an integer but found \"m\"", () -> model.integer("name"));
        refused("clip: expected an integer but found 0.5", () -> model.integer("clip"));
        refused("none: expected a string but found null", () -> model.string("none"));
        refused("sizes: expected a number but found an array", () -> model.number("sizes"));
        refused("layers: expected an object but found an array", () -> model.object("layers"));
        refused("sizes[0]: expected an object but found 1", () -> model.objects("sizes"));
        refused("words[0]: expected an integer but found \"a\"", () -> model.integers("words"));
        refused("seed: expected true or false but found 9007199254740993", () -> model.bool("seed"));
        JsonObject second = model.objects("layers").get(1);
        refused("layers[1].hidden: expected an integer but found \"wide\"", () -> second.integer("hidden"));
        JsonObject quoted = model.object("a.b");
        refused("\"a.b\".x: expected an integer but found 1.0", () -> quoted.integer("x"));
    }

    @Test
    void anIntegerOutOfItsBoundsIsRefused() throws Exception {
        JsonObject model = model();
        refused("rate: expected an integer from 3 to 9 but found 2", () -> model.integer("rate", 3, 9));
        refused(
                "seed: expected an integer from 0 to 2147483647 but found 9007199254740993",
                () -> model.integer("seed", 0, Integer.MAX_VALUE));
    }

    @Test
    void anUnknownMemberIsRefused() throws Exception {
        JsonObject layer = model().objects("layers").getFirst();
        layer.requireOnly("cell", "hidden");
        refused("layers[0].hidden is not known; known are [cell, hiden]", () -> layer.requireOnly("cell", "hiden"));
    }
}
