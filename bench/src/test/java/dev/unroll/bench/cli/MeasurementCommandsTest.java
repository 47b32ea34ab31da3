package dev.unroll.bench.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
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
                "EJML,PyTorch,MKL,OpenBLAS,activations alone,1 thread", "--only", "gemm,activation,lstm,step", "--json",
                temp.resolve("r.json").toString(), "--chart", chart.toString());
        assertEquals(0, call.code(), call.err());
        assertTrue(call.out().contains("gemm-packed f32, 2 threads, GFLOP/s"), call.out());
        assertTrue(call.out().contains("skipped: MKL: not fetched yet; bench/unroll peers --fetch"), call.out());
        assertTrue(call.out().contains("skipped: PyTorch: "), call.out());
        assertTrue(call.out().contains("--python names an interpreter that has it"), call.out());
        JsonNode rows = json().get("rows");
        List<String> seen = new ArrayList<>();
        for (JsonNode row : rows) {
            Set<String> expected = new TreeSet<>(
                    Set.of("work", "shape", "threads", "type", "unit", "unroll", "peer", "peer_value", "ratio",
                            "spread", "percent_of_peak", "peer_percent_of_peak"));
            if (row.get("unit").asText().equals("steps/s") || row.get("unit").asText().equals("us")) {
                expected.add("calls");
            }
            assertEquals(expected, fields(row));
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
    void trainingsWithoutAPeerAreMeasuredAloneWithTheirFirstUpdatesAndTheirGarbage() throws IOException {
        Call call = Call.of(
                "peers", "--quick", "--only", "train,infer", "--threads", "1", "--peers", "EJML", "--json",
                temp.resolve("r.json").toString());
        assertEquals(0, call.code(), call.err());
        assertTrue(call.out().contains("1st ms"), call.out());
        for (JsonNode row : json().get("rows")) {
            assertEquals(
                    Set.of("work", "shape", "threads", "type", "unit", "unroll", "percent_of_peak", "calls"),
                    fields(row));
            JsonNode calls = row.get("calls");
            boolean trains = row.get("work").asText().equals("train");
            assertEquals(
                    trains
                            ? Set.of("heap_bytes", "steady_ms", "first_ms", "first_second_ms")
                            : Set.of("heap_bytes", "steady_ms"),
                    fields(calls));
            assertTrue(calls.get("steady_ms").asDouble() > 0 && calls.get("heap_bytes").asDouble() >= 0,
                    row.toString());
            assertTrue(!trains || calls.get("first_ms").asDouble() > 0, row.toString());
        }
    }

    @Test
    void growthIsDrawnWithTwoPanelsForEverySize() throws IOException {
        Path chart = temp.resolve("chart.png");
        Call call = Call.of(
                "peers", "--quick", "--only", "growth", "--threads", "1", "--peers", "EJML", "--chart",
                chart.toString());
        assertEquals(0, call.code(), call.err());
        assertTrue(call.out().contains("lstm:2x32 5, 3x4"), call.out());
        assertFalse(call.out().contains("dts"), call.out());
        BufferedImage image = ImageIO.read(chart.toFile());
        assertEquals(2 * 1100, image.getWidth());
        assertEquals(5 * 420, image.getHeight(), "steps, hidden size, layers, batch, threads");
    }

    @Test
    void forksAreVirtualMachinesWhoseMediansAreGiven() throws IOException {
        Call call = Call.of(
                "peers", "--quick", "--forks", "2", "--only", "lstm,gemm-packed", "--threads", "1", "--peers",
                "activations alone,EJML", "--json", temp.resolve("r.json").toString());
        assertEquals(0, call.code(), call.out() + call.err());
        for (String line : List.of("fork 1 of 2", "fork 2 of 2", "medians of 2 virtual machines", "EJML: ")) {
            assertTrue(call.out().contains(line), call.out());
        }
        JsonNode rows = json().get("rows");
        assertEquals(2, rows.size());
        for (JsonNode row : rows) {
            assertEquals(2, row.get("forks").size());
            for (String number : List.of("unroll", "peer_value", "ratio", "percent_of_peak")) {
                double one = row.get("forks").get(0).get(number).asDouble();
                double other = row.get("forks").get(1).get(number).asDouble();
                assertEquals((one + other) / 2, row.get(number).asDouble(), 1e-9 * (one + other), number);
            }
            assertTrue(row.get("unroll_spread").asDouble() >= 0, row.toString());
        }
        Call.of("peers", "--forks", "0").assertFailed(2, "--forks must be at least 1, not 0");
    }

    /** An interpreter that has no PyTorch when it is first asked, and later one that ends with the first work. */
    private Path failingPython() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs /bin/sh");
        Path python = temp.resolve("python");
        Path seen = temp.resolve("seen");
        Files.writeString(python, """
                #!/bin/sh
                if [ -e '%s' ]; then
                    echo torch 0
                    read -r _
                else
                    : >'%s'
                    echo error none
                fi
                """.formatted(seen, seen));
        assertTrue(python.toFile().setExecutable(true));
        return python;
    }

    @Test
    void aForkThatFailsIsNamedWithItsLastLinesAndTheResultsBeforeItAreKept() throws IOException {
        Call call = Call.of(
                "peers", "--quick", "--forks", "3", "--only", "gemm-packed", "--threads", "1", "--peers",
                "PyTorch,EJML", "--python", failingPython().toString(), "--json", temp.resolve("r.json").toString());
        call.assertFailed(1, "fork 2 of 3 ended with exit code 1: ", "unroll peers: PyTorch: ");
        assertFalse(call.out().contains("fork 3"), call.out());
        JsonNode row = json().get("rows").get(0);
        assertEquals("EJML", row.get("peer").asText());
        assertEquals(1, row.get("forks").size());
    }

    @Test
    void aForkEndsWithTheCommand() throws Exception {
        Process process = ChildProcess.start(
                temp, ChildProcess.vector(), "peers", "--forks", "2", "--only", "gemm", "--threads", "1", "--peers",
                "EJML");
        try (BufferedReader lines = process.inputReader()) {
            String line = lines.readLine();
            while (line != null && !line.startsWith("EJML: ")) { // the fork measures from now on
                line = lines.readLine();
            }
            assertNotNull(line, "ended too early");
            List<ProcessHandle> forks = process.children().toList();
            assertEquals(1, forks.size());
            process.destroy();
            process.waitFor();
            forks.getFirst().onExit().get(1, TimeUnit.MINUTES);
        } finally {
            process.destroyForcibly();
        }
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

    @Test
    void processesAreMeasuredBesideTheCostModel() throws IOException {
        Call call = Call.of(
                "scaling", "--model", "gru:4", "--inputs", "5", "--batch", "2", "--steps", "3", "--workers", "2",
                "--seconds", "0", "--json", temp.resolve("r.json").toString());
        assertEquals(0, call.code(), call.err());
        assertTrue(call.out().contains("model/measured"), call.out());
        JsonNode row = json().get("rows").get(0);
        assertEquals(2, row.get("workers").asInt());
        for (String number : List.of(
                "step_millis", "latency_micros", "megabytes_per_second", "update_millis", "model_millis")) {
            assertTrue(row.get(number).asDouble() > 0, row.toString());
        }
        Call.of("scaling", "--workers", "1").assertFailed(2, "--workers must be numbers of at least 2");
    }

    @Test
    void theCostOfWorkersIsShownUpToTheirNumber() throws IOException {
        Call call = Call.of(
                "info", "--model", "lstm:8", "--inputs", "5", "--steps", "3", "--batch", "2", "--workers", "8",
                "--bandwidth", "1", "--latency", "100", "--step-time", "10", "--json",
                temp.resolve("r.json").toString());
        assertEquals(0, call.code(), call.err());
        assertTrue(call.out().contains("step of a worker:        10.00 ms, as given, batch 2 of 3 steps"), call.out());
        assertTrue(call.out().contains("at least 85% of linear up to 256 workers"), call.out());
        assertTrue(json().get("efficiency").asDouble() > 0.9, "0.3 ms of latency, and hardly any bytes");
        Call.of("info", "--model", "lstm:8", "--inputs", "5", "--workers", "8")
                .assertFailed(2, "--workers go with --steps");
        Call.of("info", "--model", "lstm:8", "--inputs", "5", "--steps", "3", "--workers", "1")
                .assertFailed(2, "--workers must be from 2 to 256, not 1");
        Call.of("info", "--model", "lstm:8", "--inputs", "5", "--steps", "3", "--step-time", "1")
                .assertFailed(2, "--step-time goes with --workers");
    }
}
