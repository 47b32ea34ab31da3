package dev.unroll.bench.cli;

import dev.unroll.bench.cli.common.ModelText;
import dev.unroll.bench.cli.common.RecomputeOption;
import dev.unroll.bench.report.JsonReport;
import dev.unroll.bench.report.Machine;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.bench.report.TextTable;
import dev.unroll.bench.scaling.ScalingLoad;
import dev.unroll.kernels.Kernels;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.model.ActivationMemory;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.spec.LayerKind;
import dev.unroll.rnn.spec.LayerOption;
import dev.unroll.rnn.spec.LayerSpec;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.spec.OutputLayer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code unroll info}: what the kernels run on, and why; or what a description of a model means. */
@Command(
        name = "info",
        description = "Shows the machine, the active kernels and why they are, threads and memory; or, with --model,"
                + " the parameters of a model.",
        footer = {
            "",
            "A model is written layer by layer from the input to the output, as kind:sizes:option=value, with / between"
                    + " them; a linear map to the outputs follows.",
            "Kinds: rnn:600, gru:2x256, lstm:256, dt:400,400 (deep transition), dts:400,400 (with shortcuts), mlp:400"
                    + " (of every step), embedding:64.",
            "The paper's names: di:200,400, do:400,300, dot:400,400,300, dots:400,400,400 (the same as"
                    + " dts:400,400/mlp:400), srnn:2x400.",
            "An embedding first and /tied at the end make the weights of the output those of the embedding.",
            "With /bare at the end there is no linear map: the outputs are those of the top layer."},
        sortOptions = false)
final class InfoCommand implements Callable<Integer> {
    private static final int CALLS = 20_000;
    private static final long MOST_NANOSECONDS = 500_000_000;

    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "SPEC|FILE", description = "Show this model instead.")
    private String model;

    @Option(names = "--inputs", paramLabel = "V", description = "Size of its input, or how many tokens there are.")
    private Integer inputs;

    @Option(names = "--outputs", paramLabel = "V", description = "Size of its output (default: that of the input).")
    private Integer outputs;

    @Option(
            names = "--steps",
            paramLabel = "T",
            description = "Show the memory of activations for sequences of so many steps.")
    private Integer steps;

    @Option(names = "--batch", paramLabel = "B", description = "Sequences of a batch, with --steps (default: 1).")
    private Integer batch;

    @Option(
            names = "--recompute",
            paramLabel = "STEPS|auto",
            converter = RecomputeOption.Converter.class,
            description = "Show, with --steps, the memory with recomputation too, as of unroll train.")
    private RecomputeOption recompute;

    @Option(
            names = "--frames",
            description = "The inputs and targets are frames of numbers, not tokens, for --steps.")
    private boolean frames;

    @Mixin
    private ScalingOptions scaling;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the model's parameters there.")
    private Path json;

    @Spec
    void setSpec(CommandSpec injected) {
        spec = injected;
        List<String> footer = new ArrayList<>(List.of(spec.usageMessage().footer()));
        footer.addAll(optionsOfLayers());
        spec.usageMessage().footer(footer.toArray(String[]::new));
    }

    /** Lists the options of layers, together where the same kinds have them. */
    private static List<String> optionsOfLayers() {
        Map<List<String>, List<LayerOption<?>>> byKinds = new TreeMap<>(
                Comparator.<List<String>>comparingInt(List::size).reversed().thenComparing(List::toString));
        for (LayerOption<?> option : LayerOption.values()) {
            List<String> kinds = Arrays.stream(LayerKind.values())
                    .filter(kind -> kind.options().contains(option))
                    .map(LayerKind::label)
                    .toList();
            byKinds.computeIfAbsent(kinds, _ -> new ArrayList<>()).add(option);
        }
        List<String> lines = new ArrayList<>();
        byKinds.forEach((kinds, options) -> {
            lines.add("Options of "
                    + (kinds.size() == LayerKind.values().length ? "all kinds" : String.join(", ", kinds)) + ":");
            options.forEach(option -> lines.add(
                    String.format(Locale.ROOT, "  %-21s %s", option.example(), option.description())));
        });
        return lines;
    }

    @Override
    public Integer call() throws IOException {
        if (model != null) {
            showModel();
        } else if (inputs != null || outputs != null || json != null || steps != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--inputs, --outputs, --steps and --json go with --model; add it or leave them out");
        } else {
            showMachine();
        }
        return 0;
    }

    private void showMachine() {
        PrintWriter out = spec.commandLine().getOut();
        out.println(
                "cpu:      " + Machine.processor() + ", " + Runtime.getRuntime().availableProcessors() + " processors");
        out.println("java:     " + Machine.java());
        out.println("kernels:  " + Kernels.describe());
        out.println("width:    " + (Kernels.vectorBits() == 0 ? "scalar" : Kernels.vectorBits() + " bits"));
        WorkerPool pool = WorkerPool.common();
        out.printf(Locale.ROOT, "threads:  %d (-Dunroll.threads=N or --threads N)%s%n", pool.threads(),
                pool.threads() == 1
                        ? ""
                        : String.format(Locale.ROOT, "; a call that they share costs %.1f us", shared(pool)));
        out.println("memory:   at most " + (Workspace.defaultLimit() >> 20)
                + " MiB off the heap, for everything together (-Dunroll.memory=SIZE)");
        out.flush();
    }

    /** The median time in microseconds of calls in which every thread has nothing to do. */
    private static double shared(WorkerPool pool) {
        double[] times = new double[CALLS];
        int calls = 0;
        for (long begin = System.nanoTime(); calls < CALLS && System.nanoTime() - begin < MOST_NANOSECONDS; calls++) {
            long began = System.nanoTime();
            pool.run(pool.threads(), _ -> {});
            times[calls] = (System.nanoTime() - began) * 1e-3;
        }
        Arrays.sort(times, calls / 2, calls); // the second half, of compiled code
        return times[calls / 2 + calls / 4];
    }

    private void showModel() throws IOException {
        if (inputs == null) {
            throw new ParameterException(spec.commandLine(), "--model needs --inputs, the size of its input");
        }
        boolean isScaling = scaling.isWanted();
        if (steps == null && (batch != null || recompute != null || frames || isScaling)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--batch, --recompute, --frames and --workers go with --steps; add it or leave them out");
        }
        if (json != null) {
            ReportFile.requireWritable(json);
        }
        ModelSpec described =
                ModelText.parse(model, inputs, outputs == null ? inputs : outputs, spec.commandLine());
        Parameters parameters = parameters(described);
        PrintWriter out = spec.commandLine().getOut();
        out.println("model: " + described);
        TextTable table = new TextTable();
        table.add(List.of("parameter", "shape", "numbers"));
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Parameter parameter : parameters.list()) {
            String shape = Arrays.toString(parameter.shape());
            table.add(List.of(parameter.name(), shape, String.format(Locale.ROOT, "%,d", size(parameter))));
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("name", parameter.name());
            row.put("shape", parameter.shape());
            rows.add(row);
        }
        out.print(table);
        out.printf(Locale.ROOT, "weights, without biases: %,d%n", parameters.weights());
        out.printf(Locale.ROOT, "parameters:              %,d%n", parameters.count());
        long flops = flopsPerStep(described, parameters);
        long ofInput = ofInput(described, parameters);
        out.printf(Locale.ROOT, "products per step:       %,d floating-point operations, %,d in training%n", flops,
                3 * flops - ofInput); // there is no gradient of the input
        if (ofInput > 0) {
            out.printf(Locale.ROOT, "with one-hot inputs:     %,d, %,d in training%n", flops - ofInput,
                    3 * (flops - ofInput));
        }
        Map<String, Long> memory = steps == null ? Map.of() : memory(described);
        memory.forEach((what, bytes) -> out.printf(
                Locale.ROOT, "%-24s %,d bytes of activations%n", what + ":", bytes));
        Map<String, Object> cost = isScaling
                ? scaling.tell(new ScalingLoad(described, sequences(), steps, frames), parameters.count(), out)
                : Map.of();
        out.flush();
        if (json != null) {
            Map<String, Object> results = new LinkedHashMap<>(cost);
            memory.forEach((what, bytes) -> results.put("bytes_" + what.replace(' ', '_'), bytes));
            results.put("model", described.text());
            results.put("inputs", described.inputs());
            results.put("outputs", described.outputs());
            results.put("tensors", rows);
            results.put("weights", parameters.weights());
            results.put("parameters", parameters.count());
            results.put("flops_per_step", flops);
            JsonReport.write(json, results);
        }
    }

    /** Two for every weight that is multiplied by: every weight once, but for the table of an embedding that is not tied. */
    private static long flopsPerStep(ModelSpec described, Parameters parameters) {
        boolean isLookedUp = beginsWith(described, LayerKind.EMBEDDING) && described.output() != OutputLayer.TIED;
        return 2 * (parameters.weights() - (isLookedUp ? size(parameters.list().getFirst()) : 0));
    }

    /** The operations on the weights that read the input, which ids select rows of instead. */
    private static long ofInput(ModelSpec described, Parameters parameters) {
        String reads = beginsWith(described, LayerKind.MLP)
                ? "layer0\\.(0\\.weight|\\d+\\.shortcut)"
                : "layer0\\.(.*\\.)?input\\.weight";
        return 2 * parameters.list().stream().filter(parameter -> parameter.name().matches(reads))
                .mapToLong(InfoCommand::size).sum();
    }

    private static boolean beginsWith(ModelSpec described, LayerKind kind) {
        return described.layers().getFirst() instanceof LayerSpec first && first.kind() == kind;
    }

    private static long size(Parameter parameter) {
        return Arrays.stream(parameter.shape()).reduce(1, (a, b) -> a * b);
    }

    /** The bytes of the activations of passes, by what they are of. */
    private Map<String, Long> memory(ModelSpec described) {
        int sequences = sequences();
        Map<String, Long> bytes = new LinkedHashMap<>();
        try (DeepRnn network = NetworkBuilder.of(described).build()) {
            ActivationMemory memory = ActivationMemory.of(network, task(), example(described));
            bytes.put("training step", memory.training(steps, sequences));
            if (recompute != null) {
                bytes.put("recomputing step", memory.recomputing(steps, sequences, recompute.stepsOf(steps)));
            }
            bytes.put("inference", memory.inference(steps, sequences));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--steps " + steps + ": " + e.getMessage(), e);
        }
        return bytes;
    }

    private int sequences() {
        return batch == null ? 1 : batch;
    }

    private Task task() {
        return Task.everyStep(frames ? Loss.bernoulli() : Loss.crossEntropy());
    }

    private Batch example(ModelSpec described) {
        return frames
                ? new Batch(
                        SequenceLayout.of(1, 1), new Frames(described.inputs(), new float[described.inputs()]),
                        new Frames(described.outputs(), new float[described.outputs()]))
                : Batch.ofTokens(1, 1, new int[1], new int[1]);
    }

    private Parameters parameters(ModelSpec described) {
        try {
            return described.parameters();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--model " + Shown.brief(model) + ": " + e.getMessage(),
                    e);
        }
    }
}
