package dev.unroll.bench.cli;

import dev.unroll.bench.peers.Catalogue;
import dev.unroll.bench.peers.ForkedResults;
import dev.unroll.bench.peers.ForkedRow;
import dev.unroll.bench.peers.Growth;
import dev.unroll.bench.peers.NativePeers;
import dev.unroll.bench.peers.PeerComparison;
import dev.unroll.bench.peers.PeerResults;
import dev.unroll.bench.peers.Peers;
import dev.unroll.bench.peers.Row;
import dev.unroll.bench.peers.Timing;
import dev.unroll.bench.peers.Work;
import dev.unroll.bench.report.LineChart;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.bench.vm.Fork;
import dev.unroll.bench.vm.MavenRun;
import dev.unroll.kernels.ElementType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
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
                    + " compares Unroll with itself on one. With --forks the spread is half of the distance between the"
                    + " largest and the least ratio of the virtual machines, and values that differ by more than 15%%"
                    + " from one to another are called bimodal, and given as the medians of both modes.",
            ""
        },
        sortOptions = false)
final class PeersCommand implements Callable<Integer> {
    private static final int MAX_THREADS = 9_999;
    private static final String FORKS = "--forks";
    private static final String JSON = "--json";
    private static final String CHART = "--chart";
    private static final String FETCH = "--fetch";
    private static final Set<String> NOT_OF_FORKS = Set.of(FORKS, JSON, CHART, FETCH);

    @Spec
    private CommandSpec spec;

    @Option(names = "--only", split = ",", paramLabel = "NAME",
            description = "Only these works: gemm (gemm-packed alone is possible), activation (or exp, tanh, ...),"
                    + " lstm, and whole networks: train, ragged (sequences of all lengths), word, infer, step; growth: LSTM"
                    + " trainings of all sizes.")
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

    @Option(names = FORKS, paramLabel = "N",
            description = "Repeat all in N fresh virtual machines, one after the other, and give the medians of theirs;"
                    + " take 3 or more for figures to publish (default: ${DEFAULT-VALUE}, all in this one).")
    private int forks = 1;

    @Option(names = JSON, paramLabel = "FILE", description = "Write the results there.")
    private Path json;

    @Option(names = CHART, paramLabel = "FILE",
            description = "Draw the percentages of the peak there, a line for each library; .png or .svg. With --only"
                    + " growth: the steps per second too, over steps, hidden size, layers, batch and threads.")
    private Path chart;

    @Option(names = "--python", paramLabel = "PATH",
            description = "The interpreter that has PyTorch (default: ${DEFAULT-VALUE}).")
    private String python = "python3";

    @Option(names = FETCH,
            description = "First get MKL, oneDNN, OpenBLAS and ONNX Runtime from Maven Central, some 320 MB, once.")
    private boolean fetch;

    @Option(names = "--quick", description = "Few small works and short samples: a test, not a measurement.")
    private boolean quick;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (forks < 1) {
            throw new ParameterException(spec.commandLine(), "--forks must be at least 1, not " + forks);
        }
        List<Work> works = works();
        List<Integer> counts = threads();
        Collection<String> wanted = wantedPeers();
        checkDestinations();
        NativePeers natives = new NativePeers(Path.of(System.getProperty(MavenRun.ROOT, "")));
        if (fetch) {
            natives.fetch();
        }
        PeersOutput output = new PeersOutput(spec.commandLine().getOut(), json);
        List<Row> rows = forks > 1 ? inForks(works, output) : here(works, counts, wanted, natives, output);
        draw(rows);
        return 0;
    }

    private List<Row> here(
            List<Work> works, List<Integer> counts, Collection<String> wanted, NativePeers natives, PeersOutput output)
            throws IOException, InterruptedException {
        try (Peers peers = Peers.find(wanted, natives.folder(), python)) {
            output.announce(peers.versions(), peers.skipped());
            PeerComparison comparison = new PeerComparison(peers, quick ? Timing.QUICK : Timing.FULL, this::tell);
            List<Row> rows = new ArrayList<>();
            for (int count : counts) {
                for (List<Work> table : tables(works)) {
                    List<Row> found = comparison.run(table, count);
                    output.table(found);
                    rows.addAll(found);
                    output.write(peers.versions(), peers.skipped(), comparison.leftOut(), rows); // hours may follow
                }
            }
            output.leftOut(comparison.leftOut());
            return rows;
        }
    }

    private void tell(String progress) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(progress);
        err.flush();
    }

    private static Collection<List<Work>> tables(List<Work> works) {
        return works.stream()
                .collect(Collectors.groupingBy(PeersOutput::title, LinkedHashMap::new, Collectors.toList()))
                .values();
    }

    private List<Row> inForks(List<Work> works, PeersOutput output) throws IOException, InterruptedException {
        ForkedResults results = new ForkedResults(works);
        for (int i = 1; i <= forks; i++) {
            results.add(fork("fork " + i + " of " + forks, output));
            output.write(results);
        }
        output.print(results, forks);
        return results.rows().stream().map(ForkedRow::row).toList();
    }

    private PeerResults fork(String name, PeersOutput output) throws IOException, InterruptedException {
        Path results = Files.createTempFile("unroll-peers-", ".json");
        try {
            output.line(name);
            new Fork(name, Main.class, argumentsOfFork(results)).run(output::line);
            return PeerResults.read(results);
        } finally {
            Files.deleteIfExists(results);
        }
    }

    /** The options of this call, but those that only this virtual machine needs. */
    private List<String> argumentsOfFork(Path results) {
        List<String> arguments = new ArrayList<>(List.of(spec.name(), JSON, results.toString()));
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            String name = option.longestName();
            if (NOT_OF_FORKS.contains(name)) {
                continue;
            }
            if (option.arity().max() == 0) {
                arguments.add(name);
            } else {
                option.originalStringValues().forEach(value -> arguments.addAll(List.of(name, value)));
            }
        }
        return arguments;
    }

    private List<Work> works() {
        requireKnown("--only", only, Catalogue.names());
        Set<Work> growing = only != null && only.contains(Growth.NAME) ? growth().works() : Set.of();
        Set<Work> all = new LinkedHashSet<>(growing);
        all.addAll(quick ? Catalogue.small() : Catalogue.all());
        List<Work> works = all.stream()
                .filter(work -> only == null || growing.contains(work) || isNamed(work))
                .filter(work -> types.contains(work.type()))
                .filter(work -> shape == null || shape.matcher(work.shape()).find())
                .toList();
        if (works.isEmpty()) {
            throw new ParameterException(spec.commandLine(),
                    "no work is left by --only, --shape, --type and --quick together; leave one out");
        }
        return works;
    }

    /** Whether --only has its name; "train" has not all sizes of growth, which take hours. */
    private boolean isNamed(Work work) {
        return !growth().hasAlone(work) && (only.contains(work.family()) || only.contains(work.name()));
    }

    private Growth growth() {
        return quick ? Growth.SMALL : Growth.FULL;
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

    private void draw(List<Row> rows) throws IOException {
        if (chart != null) {
            boolean isGrowth = List.of(Growth.NAME).equals(only);
            (isGrowth ? growth().chart(rows) : PeersOutput.chart(rows)).write(chart);
        }
    }
}
