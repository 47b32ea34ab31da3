package dev.unroll.bench.cli;

import dev.unroll.bench.peers.Catalogue;
import dev.unroll.bench.peers.NativePeers;
import dev.unroll.bench.peers.PeerComparison;
import dev.unroll.bench.peers.Peers;
import dev.unroll.bench.peers.Row;
import dev.unroll.bench.peers.SideBySide;
import dev.unroll.bench.peers.Timing;
import dev.unroll.bench.peers.Work;
import dev.unroll.bench.report.JsonReport;
import dev.unroll.bench.report.LineChart;
import dev.unroll.bench.report.Machine;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.kernels.ElementType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code unroll peers}: the kernels side by side with other libraries, all measured in one run. */
@Command(
        name = "peers",
        description = {
            "Compares the kernels with other libraries on this machine, in alternating samples. Missing peers are"
                    + " listed with the reason.",
            "",
            "Every figure is the median of 7 samples of about 60 ms, of whole networks 240 ms; Unroll and the peer take"
                    + " turns, in changing"
                    + " order. The ratio is the median of the pairs' ratios, above 1 where Unroll is faster, followed"
                    + " by half of the distance between its quartiles. The peak is measured between the pairs, by"
                    + " fused multiply-adds alone for products and networks, and by copying as many bytes for the rest."
                    + " Results are"
                    + " checked against those of Unroll before any time is taken. With more than one thread a column"
                    + " compares Unroll with itself on one.",
            ""
        },
        sortOptions = false)
final class PeersCommand implements Callable<Integer> {
    private static final int MAX_THREADS = 9_999;

    @Spec
    private CommandSpec spec;

    @Option(names = "--only", split = ",", paramLabel = "NAME",
            description = "Only these works: gemm (gemm-packed alone is possible), activation (or exp, tanh, ...),"
                    + " lstm, and whole networks: train, ragged (sequences of all lengths), word, infer, step.")
    private List<String> only;

    @Option(names = "--shape", paramLabel = "PATTERN",
            description = "A regular expression: only works in whose shape it is found, such as 32x35 or lstm:2x256.")
    private Pattern shape;

    @Option(names = "--type", split = ",", paramLabel = "f32|f64", description = "Only these element types.")
    private List<ElementType> types = List.of(ElementType.F32, ElementType.F64);

    @Option(names = "--peers", split = ",", paramLabel = "NAME",
            description = "Only these libraries, as the tables call them: MKL, oneDNN, OpenBLAS, PyTorch, ...")
    private List<String> names;

    @Option(names = "--threads", split = ",", paramLabel = "N",
            description = "Number of threads on each side; may be several numbers (default: 1, and one for each"
                    + " processor).")
    private List<Integer> threads;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the results there.")
    private Path json;

    @Option(names = "--chart", paramLabel = "FILE",
            description = "Draw the percentages of the peak there, a line for each library; .png or .svg.")
    private Path chart;

    @Option(names = "--python", paramLabel = "PATH",
            description = "The interpreter that has PyTorch (default: ${DEFAULT-VALUE}).")
    private String python = "python3";

    @Option(names = "--fetch",
            description = "First get MKL, oneDNN, OpenBLAS and ONNX Runtime from Maven Central, some 320 MB, once.")
    private boolean fetch;

    @Option(names = "--quick", description = "Few small works and short samples: a test, not a measurement.")
    private boolean quick;

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Work> works = works();
        List<Integer> counts = threads();
        Collection<String> wanted = wantedPeers();
        checkDestinations();
        NativePeers natives = new NativePeers(Path.of(System.getProperty(NativePeers.ROOT, "")));
        if (fetch) {
            natives.fetch();
        }
        try (Peers peers = Peers.find(wanted, natives.folder(), python)) {
            announce(peers);
            PeerComparison comparison = new PeerComparison(peers, quick ? Timing.QUICK : Timing.FULL);
            List<Row> rows = compare(peers, comparison, works, counts);
            comparison.leftOut().forEach(line -> out().println("left out: " + line));
            out().flush();
            draw(rows);
        }
        return 0;
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private List<Work> works() {
        requireKnown("--only", only, Catalogue.names());
        List<Work> works = (quick ? Catalogue.small() : Catalogue.all()).stream()
                .filter(work -> only == null || only.contains(work.family()) || only.contains(work.name()))
                .filter(work -> types.contains(work.type()))
                .filter(work -> shape == null || shape.matcher(work.shape()).find())
                .toList();
        if (works.isEmpty()) {
            throw new ParameterException(spec.commandLine(),
                    "no work is left by --only, --shape, --type and --quick together; leave one out");
        }
        return works;
    }

    private Collection<String> wantedPeers() {
        requireKnown("--peers", names, Peers.NAMES);
        return names == null ? Peers.NAMES : names;
    }

    private void requireKnown(String option, List<String> given, Collection<String> known) {
        for (String name : given == null ? List.<String>of() : given) {
            if (!known.contains(name)) {
                throw new ParameterException(spec.commandLine(),
                        option + " " + name + " is not known; known are " + String.join(", ", known));
            }
        }
    }

    private List<Integer> threads() {
        if (threads == null) {
            int processors = Runtime.getRuntime().availableProcessors();
            return processors == 1 ? List.of(1) : List.of(1, processors);
        }
        for (int count : threads) {
            if (count < 1 || count > MAX_THREADS) {
                throw new ParameterException(spec.commandLine(),
                        "--threads must be from 1 to " + MAX_THREADS + ", not " + count);
            }
        }
        return threads;
    }

    /** Results that could not be written are refused before the measurements, not after them. */
    private void checkDestinations() throws IOException {
        if (json != null) {
            ReportFile.requireWritable(json);
        }
        if (chart != null) {
            if (!LineChart.hasKnownEnding(chart)) {
                throw new ParameterException(spec.commandLine(), "--chart " + chart + " must end in .png or .svg");
            }
            ReportFile.requireWritable(chart);
        }
    }

    private void announce(Peers peers) {
        Machine.description().forEach((name, value) -> out().println(name + ": " + value));
        peers.versions().forEach((name, version) -> out().println(name + ": " + version));
        peers.skipped().forEach((name, reason) -> out().println("skipped: " + name + ": " + reason));
        out().println();
        out().flush();
    }

    private List<Row> compare(Peers peers, PeerComparison comparison, List<Work> works, List<Integer> counts)
            throws IOException, InterruptedException {
        Map<String, List<Work>> tables = works.stream()
                .collect(Collectors.groupingBy(PeersCommand::title, LinkedHashMap::new, Collectors.toList()));
        List<Row> rows = new ArrayList<>();
        for (int count : counts) {
            for (Map.Entry<String, List<Work>> table : tables.entrySet()) {
                List<Row> found = comparison.run(table.getValue(), count);
                if (!found.isEmpty()) {
                    out().println(title(table.getKey(), count) + ", " + found.getFirst().unit());
                    out().println(new SideBySide(found));
                    out().flush();
                }
                rows.addAll(found);
                write(peers, comparison, rows); // hours may follow
            }
        }
        return rows;
    }

    private static String title(Work work) {
        return work.table() + " " + work.type().name().toLowerCase(Locale.ROOT);
    }

    private static String title(String table, int threads) {
        return table + ", " + threads + (threads == 1 ? " thread" : " threads");
    }

    private void write(Peers peers, PeerComparison comparison, List<Row> rows) throws IOException {
        if (json != null) {
            Map<String, Object> results = new LinkedHashMap<>(Machine.description());
            results.put("peers", peers.versions());
            results.put("skipped", peers.skipped());
            results.put("left_out", comparison.leftOut());
            results.put("rows", rows);
            JsonReport.write(json, results);
        }
    }

    private void draw(List<Row> rows) throws IOException {
        if (chart != null) {
            LineChart lines = new LineChart("percent of the machine's peak");
            for (Row row : rows) {
                if (!row.peer().equals(Peers.ONE_THREAD)) { // its peak is another
                    String panel = title(title(row.source()), row.threads());
                    lines.add(panel, "Unroll", SideBySide.label(row.source()), row.percentOfPeak());
                    lines.add(panel, row.peer(), SideBySide.label(row.source()), row.peerPercentOfPeak());
                }
            }
            lines.write(chart);
        }
    }
}
