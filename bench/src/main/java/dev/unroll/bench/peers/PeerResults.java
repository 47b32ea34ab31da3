package dev.unroll.bench.peers;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The results of one virtual machine.
 *
 * @param peers the versions of the peers by name
 * @param skipped the reasons why others are missing, by name
 * @param leftOut a line for each contestant that was too slow to wait for, or needs too much memory
 * @param rows the measurements
 */
@JsonIgnoreProperties(ignoreUnknown = true) // those of the machine
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record PeerResults(
        Map<String, String> peers, Map<String, String> skipped, List<String> leftOut, List<Row> rows) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /**
     * Reads the results that another virtual machine wrote.
     *
     * @param file written by {@code --json}
     * @return its results
     * @throws IOException if it cannot be read
     */
    public static PeerResults read(Path file) throws IOException {
        return MAPPER.readValue(file.toFile(), PeerResults.class);
    }
}
