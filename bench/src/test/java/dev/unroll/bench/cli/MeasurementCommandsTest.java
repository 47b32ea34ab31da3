package dev.unroll.bench.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** The commands that measure, run briefly: that they work, not how fast anything is. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class MeasurementCommandsTest {
    @TempDir
    private Path temp;

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(temp.resolve("r.json").toFile());
    }

    private static Set<String> fields(JsonNode row) {
        Set<String> names = new TreeSet<>();
        row.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void peersAreComparedTabulatedAndDrawnAndThoseThatAreNotHereNamed() throws IOException {
        Path chart = temp.resolve("chart.png");
        Call call = Call.of(
                "peers", "--quick", "--threads", "2", "--type", "f32", "--python", "/no/such/python", "--peers",
                "EJML,PyTorch,MKL,OpenBLAS,activations alone,1 thread", "--json", temp.resolve("r.json").toString(),
                "--chart", chart.toString());
        assertEquals(0, call.code(), call.err());
        assertTrue(call.out().contains("gemm-packed f32, 2 threads, GFLOP/s"), call.out());
        assertTrue(call.out().contains("skipped: MKL: not fetched yet; bench/unroll peers --fetch"), call.out());
        assertTrue(call.out().contains("skipped: PyTorch: "), call.out());
        assertTrue(call.out().contains("--python names an interpreter that has it"), call.out());
        JsonNode rows = json().get("rows");
        List<String> seen = new ArrayList<>();
        for (JsonNode row : rows) {
            assertEquals(
                    Set.of("work", "shape", "threads", "type", "unit", "unroll", "peer", "peer_value", "ratio",
                            "spread", "percent_of_peak", "peer_percent_of_peak"),
                    fields(row));
            assertEquals(2, row.get("threads").asInt());
            for (String number : List.of("unroll", "peer_value", "ratio", "percent_of_peak")) {
                assertTrue(row.get(number).asDouble() > 0, row.toString());
            }
            seen.add(row.get("work").asText() + " " + row.get("peer").asText());
        }
        assertTrue(
                seen.containsAll(
                        List.of("gemm EJML", "gemm-packed EJML", "lstm-pass activations alone", "tanh 1 thread")),
                seen.toString());
        assertEquals(Set.of("MKL", "OpenBLAS", "PyTorch"), fields(json().get("skipped")));
        assertTrue(ImageIO.read(chart.toFile()).getWidth() > 0);
    }

    @Test
    void onlySelectsFamiliesAndWorks() {
        Call gemm = Call.of("peers", "--quick", "--threads", "1", "--peers", "netlib", "--only", "gemm");
        assertEquals(0, gemm.code(), gemm.err());
        assertTrue(gemm.out().contains("gemm-packed f32"), gemm.out());
        assertTrue(gemm.out().contains("gemm f64"), gemm.out());
        assertFalse(gemm.out().contains("activation"), gemm.out());
        assertFalse(gemm.out().contains("skipped"), gemm.out());
        Call packed = Call.of("peers", "--quick", "--threads", "1", "--peers", "netlib", "--only", "gemm-packed");
        assertFalse(packed.out().contains("gemm f64"), packed.out());
    }

    @Test
    void joinedSessionsAreMeasuredBesideABatchWithEveryKindOfClients() throws IOException {
        Call call = Call.of(
                "serving", "--model", "gru:8", "--sessions", "5", "--rows", "3", "--threads", "2", "--max-wait", "0.5",
                "--seconds", "0", "--json", temp.resolve("r.json").toString());
        assertEquals(0, call.code(), call.err());
        assertTrue(call.out().contains("gru:8, 5 sessions, at most 3 in a batch"), call.out());
        List<String> seen = new ArrayList<>();
        for (JsonNode row : json().get("rows")) {
            seen.add(row.get("clients").asText() + " " + row.get("threads").asInt());
            for (String number : List.of("plain", "joined", "ratio", "p50_us", "p99_us", "p999_us", "max_us")) {
                assertTrue(row.get(number).asDouble() > 0, row.toString());
            }
            double rows = row.get("rows_per_batch").asDouble();
            assertTrue(rows >= 1 && rows <= 3, row.toString());
            assertTrue(row.get("p50_us").asDouble() <= row.get("p999_us").asDouble(), row.toString());
        }
        assertEquals(List.of("platform 5", "virtual 5", "loop 2"), seen);
    }

    @Tag("full")
    @Test
    void jmhRunsInAForkWithVectorsAndStatesRates() throws IOException {
        Call call = Call.of(
                "jmh", "ReductionBenchmark.sum$", "--type", "f32", "--quick", "--json",
                temp.resolve("r.json").toString());
        assertEquals(0, call.code(), call.out() + call.err());
        assertTrue(call.out().contains("ReductionBenchmark.sum"), call.out());
        JsonNode row = json().get("rows").get(0);
        assertEquals("ns/element", row.get("unit").asText());
        assertEquals("F32", row.get("parameters").get("type").asText());
        for (String number : List.of("value", "percent_of_peak", "gigabytes_per_second")) {
            assertTrue(row.get(number).asDouble() > 0, row.toString());
        }
        assertTrue(row.has("bytes_per_call") && row.has("allocates"), row.toString());
        try (Stream<Path> files = Files.list(temp)) {
            assertEquals(List.of(temp.resolve("r.json")), files.toList(), "no other file is left");
        }
    }

    @Test
    void virtualMachinesAreComparedByTheKernelsThatTheyChoose() throws IOException {
        Call call = Call.of(
                "vms", "--mode", "-XX:TieredStopAtLevel=1", "--pairs", "1", "--seconds", "0", "--no-vectors",
                "--json", temp.resolve("r.json").toString());
        assertTrue(call.code() == 0 || call.code() == 1, call.err()); // one pair of single updates proves no ratio
        JsonNode row = json().get("rows").get(0);
        assertEquals(Set.of("mode", "kernels", "vectors", "chosen", "scalar", "ratio"), fields(row));
        assertEquals(
                "scalar (with -XX:TieredStopAtLevel=1 C2, which compiles vectors, is off; leave it out)",
                row.get("kernels").asText());
        for (String number : List.of("chosen", "scalar", "ratio")) {
            assertTrue(row.get(number).asDouble() > 0, row.toString());
        }
        assertTrue(call.out().contains("-XX:TieredStopAtLevel=1: scalar (with"), call.out());
        Call.of("vms", "--mode", "-Xfly").assertFailed(2, "there is no mode -Xfly; there are no option, ");
        Call.of("vms", "--pairs", "0").assertFailed(2, "--pairs must be at least 1");
    }
}
