package dev.unroll.bench.vm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Starts the training loop in virtual machines of a mode, in pairs that take turns: with the kernels that are chosen
 * there, and with the scalar kernels.
 *
 * @param pairs how many
 * @param seconds that each takes
 * @param bits the width of the vectors to force for comparison, 0 for no such comparison
 */
public record VmRuns(int pairs, double seconds, int bits) {
    private static final String SIMD = "-Dunroll.simd=";

    /** What one virtual machine printed. */
    private record Result(String kernels, double millis) {}

    /**
     * Measures one mode.
     *
     * @param mode of the virtual machines
     * @return the medians
     * @throws IOException if a virtual machine fails
     * @throws InterruptedException if interrupted meanwhile
     */
    public VmRow run(VmMode mode) throws IOException, InterruptedException {
        double[] chosen = new double[pairs];
        double[] scalar = new double[pairs];
        double[] ratios = new double[pairs];
        String kernels = "";
        for (int pair = 0; pair < pairs; pair++) {
            for (int turn = 0; turn < 2; turn++) {
                if (turn == pair % 2) {
                    Result result = start(mode);
                    kernels = result.kernels;
                    chosen[pair] = result.millis;
                } else {
                    scalar[pair] = start(mode, SIMD + "off").millis;
                }
            }
            ratios[pair] = chosen[pair] / scalar[pair];
        }
        double vectors = bits == 0 ? Double.NaN : start(mode, SIMD + bits).millis;
        return new VmRow(mode.label(), kernels, vectors, median(chosen), median(scalar), median(ratios));
    }

    private Result start(VmMode mode, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(ThisVm.java());
        command.addAll(List.of("-XX:+UseSerialGC", "--add-modules", "jdk.incubator.vector", "-Dunroll.threads=1"));
        command.addAll(mode.options());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), TrainingLoop.class.getName()));
        command.add(String.valueOf(seconds));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try {
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            String[] words = out.strip().split(TrainingLoop.SEPARATOR);
            if (process.waitFor() != 0 || words.length != 3 || Double.isNaN(Double.parseDouble(words[2]))) {
                throw new IOException("the training in a virtual machine failed; try it: " + String.join(" ", command));
            }
            return new Result(words[0], Double.parseDouble(words[1]));
        } finally {
            process.destroy();
        }
    }

    private static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
