package dev.unroll.bench.scaling;

import dev.unroll.bench.scaling.WorkerProcess.Measured;
import dev.unroll.bench.vm.Fork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Starts workers as processes of this machine and compares what they measure with the cost model.
 *
 * @param main the program, which makes a {@link WorkerProcess} of the options {@value #WORKER} and {@value #FOLDER}
 * @param arguments of the program, without these
 * @param workers how many
 */
public record LocalWorkers(Class<?> main, List<String> arguments, int workers) {
    /** The option with the number of a worker. */
    public static final String WORKER = "--worker";

    /** The option with the folder where workers meet. */
    public static final String FOLDER = "--folder";

    private static final int SECRET = 32;
    private static final double KILO = 1e3;
    private static final double MEGA = 1e6;

    /**
     * Runs the workers to their end.
     *
     * @return what they have measured
     * @throws IOException if one of them fails; the message has its last lines
     * @throws InterruptedException if the thread is interrupted
     */
    public ScalingRow measure() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("unroll-workers-");
        try {
            byte[] secret = new byte[SECRET];
            new SecureRandom().nextBytes(secret);
            Files.write(WorkerProcess.secret(folder), secret);
            runAll(folder);
            List<Measured> all = new ArrayList<>();
            for (int worker = 0; worker < workers; worker++) {
                all.add(WorkerProcess.results(folder, worker));
            }
            return row(all);
        } finally {
            delete(folder);
        }
    }

    private void runAll(Path folder) throws IOException, InterruptedException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Object>> running = new ArrayList<>();
            for (int worker = 0; worker < workers; worker++) {
                Fork fork = fork(folder, worker);
                running.add(threads.submit(() -> {
                    fork.run(_ -> {});
                    return null;
                }));
            }
            for (Future<Object> worker : running) {
                worker.get();
            }
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e.getCause());
        }
    }

    private Fork fork(Path folder, int worker) {
        List<String> own = new ArrayList<>(arguments);
        own.addAll(List.of(WORKER, String.valueOf(worker), FOLDER, folder.toString()));
        return new Fork("worker " + worker, main, own);
    }

    private ScalingRow row(List<Measured> all) {
        double[] alone = all.stream().flatMapToDouble(measured -> Arrays.stream(measured.alone())).toArray();
        double update = mean(all, measured -> Arrays.stream(measured.shared()).average().orElseThrow());
        double latency = mean(all, Measured::latency);
        double bandwidth = mean(all, Measured::bandwidth);
        UpdateCost cost = new UpdateCost(
                all.getFirst().gradientBytes(), bandwidth, latency, mean(all, Measured::adding));
        double model = new Simulation(alone, cost).seconds(workers);
        return new ScalingRow(workers, StepTimes.median(alone) * KILO, latency * MEGA, bandwidth / MEGA, update * KILO,
                model * KILO);
    }

    private static double mean(List<Measured> all, ToDoubleFunction<Measured> figure) {
        return all.stream().mapToDouble(figure).average().orElseThrow();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
