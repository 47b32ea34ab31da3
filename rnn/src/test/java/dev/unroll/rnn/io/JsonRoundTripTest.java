package dev.unroll.rnn.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class JsonRoundTripTest {
    @Provide
    Arbitrary<Object> values() {
        return values(3);
    }

    private static Arbitrary<Object> values(int depth) {
        if (depth == 0) {
            return scalars();
        }
        Arbitrary<Object> inner = values(depth - 1);
        return Arbitraries.oneOf(
                scalars(),
                inner.list().ofMaxSize(4).map(list -> (Object) list),
                Arbitraries.maps(unicode(), inner).ofMaxSize(4).map(map -> (Object) map));
    }

    private static Arbitrary<Object> scalars() {
        return Arbitraries.oneOf(
                unicode().map(Object.class::cast),
                Arbitraries.longs().map(Object.class::cast),
                Arbitraries.longs().map(Double::longBitsToDouble).filter(Double::isFinite).map(Object.class::cast),
                Arbitraries.of(true, false),
                Arbitraries.just(null));
    }

    private static Arbitrary<String> unicode() {
        return Arbitraries.integers()
                .between(0, Character.MAX_CODE_POINT)
                .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                .list()
                .ofMaxSize(8)
                .map(points -> points.stream()
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString());
    }

    private static Object parse(String text) throws MalformedFileException {
        return Json.parse("text", text.getBytes(StandardCharsets.UTF_8));
    }

    @Property
    void whatIsWrittenIsReadBackEqual(@ForAll("values") Object value) throws Exception {
        assertEquals(value, parse(Json.write(value)));
        assertEquals(value, parse(Json.writeCompact(value)));
    }

    @Property
    void aFloatSurvivesAsADouble(@ForAll int bits) throws Exception {
        float value = Float.intBitsToFloat(bits);
        if (Float.isFinite(value)) {
            assertEquals(value, ((Double) parse(Json.write(value))).floatValue());
        }
    }

    /** The one positive float whose own digits, read as a double and rounded, give its neighbour. */
    @Example
    void theFloatThatIsRoundedTwiceSurvivesToo() throws Exception {
        float value = Float.intBitsToFloat(363742205);
        assertEquals(value, ((Double) parse(Json.write(List.of(value)).replaceAll("[\\[\\]]", ""))).floatValue());
    }

    @Property(tries = 200)
    void everyProperPrefixOfAnObjectIsRefused(@ForAll("values") Object value) {
        String text = Json.writeCompact(Map.of("key", value == null ? "none" : value));
        for (int length = 0; length < text.length(); length++) {
            String prefix = text.substring(0, length);
            assertThrows(MalformedFileException.class, () -> parse(prefix), prefix);
        }
    }
}
