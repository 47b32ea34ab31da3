package dev.unroll.rnn.train;

import dev.unroll.kernels.Kernels;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.io.Json;
import dev.unroll.rnn.io.JsonObject;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.parallel.AllGather;
import dev.unroll.rnn.parallel.ExchangeException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Checks that all workers of a training do the same: their settings before the first update, and their parameters then and
 * now and again.
 */
final class WorkersAgreement {
    /** Updates between two comparisons of the parameters, which cost as much as reading them. */
    private static final long UPDATES = 100;

    private final Parameters parameters;
    private final AllGather gather;
    private final Supplier<Map<String, Object>> settings;
    private long next = -1;

    WorkersAgreement(Parameters parameters, AllGather gather, Supplier<Map<String, Object>> settings) {
        this.parameters = parameters;
        this.gather = gather;
        this.settings = settings;
    }

    /** Compares the settings before the next update too. */
    void renew() {
        next = -1;
    }

    /**
     * Compares what is due before an update.
     *
     * @throws IllegalStateException in all workers, if one differs; the message names it
     */
    void check(ShardedGradients.Start start) {
        if (next < 0) {
            checkSettings(start);
        }
        if (start.update() >= next) {
            checkParameters(start.update());
            next = start.update() + UPDATES;
        }
    }

    private void checkSettings(ShardedGradients.Start start) {
        Map<String, Object> own = settings.get();
        own.put("version", String.valueOf(WorkersAgreement.class.getPackage().getImplementationVersion()));
        own.put("kernels", Kernels.vectorBits() == 0 ? "scalar" : "vectors"); // all widths give the same bits
        own.put("updates", start.update());
        own.put("runs of the network", start.pass());
        List<String> all = gather.texts("the settings", Json.writeCompact(own));
        Map<String, Object> first = parsed(0, all.getFirst());
        for (int worker = 1; worker < all.size(); worker++) {
            Differences.checkWorker(worker, parsed(worker, all.get(worker)), first);
        }
    }

    private static Map<String, Object> parsed(int worker, String text) {
        String source = "the settings of worker " + worker;
        try {
            return JsonObject.of(source, Json.parse(source, text.getBytes(StandardCharsets.UTF_8))).values();
        } catch (MalformedFileException e) {
            throw new ExchangeException(e.getMessage(), e);
        }
    }

    /** Gathers numbers of an update, in the same round as what tells its batches, of which all must have the same. */
    List<double[]> gatherWithBatches(String what, double[] own, List<Batch> batches, long update) {
        double[] marked = new double[own.length + 1];
        marked[0] = Fingerprint.sumOf(batches);
        System.arraycopy(own, 0, marked, 1, own.length);
        List<double[]> all = gather.numbers(what, marked);
        for (int worker = 1; worker < all.size(); worker++) {
            if (all.get(worker)[0] != all.getFirst()[0]) {
                throw new IllegalStateException("worker " + worker + " has other batches in update " + (update + 1)
                        + " than worker 0; give all workers the same whole batches, of which each runs its shards");
            }
        }
        return all.stream().map(numbers -> Arrays.copyOfRange(numbers, 1, numbers.length)).toList();
    }

    private void checkParameters(long update) {
        List<double[]> digests = gather.numbers(
                "the parameters after update " + update, Fingerprint.of(parameters.values()));
        Map<Double, Integer> counts = new HashMap<>();
        digests.forEach(digest -> counts.merge(digest[0], 1, Integer::sum));
        double usual = digests.getFirst()[0];
        for (double[] digest : digests) {
            usual = counts.get(digest[0]) > counts.get(usual) ? digest[0] : usual;
        }
        if (counts.size() > 1 && counts.get(usual) * 2 <= digests.size()) {
            throw new IllegalStateException("the workers have different parameters after update " + update
                    + ", and there is no majority; a machine computes otherwise, or they were changed: go on from a"
                    + " checkpoint");
        }
        for (int worker = 0; worker < digests.size(); worker++) {
            if (digests.get(worker)[0] != usual) {
                throw new IllegalStateException("worker " + worker + " has other parameters than most of the "
                        + digests.size() + " workers after update " + update
                        + "; its machine computes otherwise, or they were changed there: train without it");
            }
        }
    }
}
