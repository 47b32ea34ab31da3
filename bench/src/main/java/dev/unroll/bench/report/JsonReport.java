package dev.unroll.bench.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Results as a file that other programs read. */
public final class JsonReport {
    private static final ObjectMapper MAPPER = new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);

    private JsonReport() {}

    /**
     * Writes a file as a whole.
     *
     * @param file which
     * @param results by name; a number that is not finite becomes null, since JSON has none
     * @throws IOException if it cannot be written
     */
    public static void write(Path file, Map<String, Object> results) throws IOException {
        ReportFile.write(file, out -> MAPPER.writeValue(out, finite(results)));
    }

    private static Object finite(Object value) {
        return switch (value) {
            case Double number when !Double.isFinite(number) -> null;
            case Float number when !Float.isFinite(number) -> null;
            case List<?> elements -> {
                List<Object> all = new ArrayList<>(); // which, other than List.of, may hold null
                elements.forEach(element -> all.add(finite(element)));
                yield all;
            }
            case Map<?, ?> members -> {
                Map<Object, Object> all = new LinkedHashMap<>();
                members.forEach((key, member) -> all.put(key, finite(member)));
                yield all;
            }
            case null, default -> value;
        };
    }
}
