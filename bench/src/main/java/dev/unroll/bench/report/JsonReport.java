package dev.unroll.bench.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
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
     * @param results by name
     * @throws IOException if it cannot be written
     */
    public static void write(Path file, Map<String, Object> results) throws IOException {
        ReportFile.write(file, out -> MAPPER.writeValue(out, results));
    }
}
