package dev.unroll.bench.serving;

import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.JoinedSessions;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Session;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.HdrHistogram.Histogram;

/**
 * Compares joined sessions with one session that runs as many sequences in lockstep, which take turns: the order changes from
 * pair to pair.
 */
public final class ServingComparison {
    /** Of a sample at most, so that the two sides meet the same machine. */
    private static final double LONGEST_SAMPLE = 0.25;

    private static final double SHORTEST_SAMPLE = 0.01;
    private static final int FEWEST_PAIRS = 2;
    private static final int WARM_UP_SAMPLES = 8;
    private static final double NANOS_PER_MICRO = 1e3;

    private final ServingLoad load;
    private final double sample;
    private final int pairs;

    /**
     * Prepares a comparison.
     *
     * @param load what is served
     * @param seconds about how long each kind of clients is measured, with the session beside it
     */
    public ServingComparison(ServingLoad load, double seconds) {
        this.load = load;
        sample = Math.clamp(seconds / 2 / FEWEST_PAIRS, SHORTEST_SAMPLE, LONGEST_SAMPLE);
        pairs = Math.max(FEWEST_PAIRS, (int) Math.round(seconds / 2 / sample));
    }

    /**
     * Measures.
     *
     * @param kind of clients
     * @return the figures
     * @throws InterruptedException if the thread is interrupted
     */
    public ServingRow run(Clients kind) throws InterruptedException {
        try (DeepRnn network = NetworkBuilder.of(load.model()).seed(1).build();
                Session session = network.session().output(Session.Output.SOFTMAX).batch(load.sessions()).open();
                JoinedSessions server = network.session().output(Session.Output.SOFTMAX)
                        .join(load.sessions(), load.rows(), load.maxWait());
                ClientGroup clients = new ClientGroup(load, kind, server)) {
            session.warmUp();
            server.warmUp();
            return new Measurement(session, server, clients).run(kind);
        }
    }

    private final class Measurement {
        private final Session session;
        private final JoinedSessions server;
        private final ClientGroup clients;
        private final float[] frames = new float[load.sessions() * load.model().inputs()];
        private final float[] results = new float[load.sessions() * load.model().outputs()];
        private ProcessUse ofPlain = ProcessUse.NONE;
        private ProcessUse ofJoined = ProcessUse.NONE;
        private final int plainSteps;
        private final int joinedSteps;

        Measurement(Session session, JoinedSessions server, ClientGroup clients) throws InterruptedException {
            this.session = session;
            this.server = server;
            this.clients = clients;
            RandomGenerator random = Randoms.of(1);
            for (int i = 0; i < frames.length; i++) {
                frames[i] = random.nextFloat();
            }
            int plain = 1;
            int joined = 1;
            for (int i = 0; i < WARM_UP_SAMPLES; i++) { // of which the first ones are too short
                plain = count(plain, plain(plain));
                joined = count(joined, clients.run(joined));
            }
            plainSteps = plain;
            joinedSteps = joined;
            clients.forgetLatencies();
        }

        private int count(int before, double seconds) {
            return (int) Math.clamp(before * sample / seconds, 1, 50.0 * before);
        }

        private double plain(int count) {
            long start = System.nanoTime();
            for (int i = 0; i < count; i++) {
                session.step(frames).copyTo(results);
            }
            return (System.nanoTime() - start) / 1e9;
        }

        private double plainPerSecond() {
            ProcessUse before = ProcessUse.now();
            double seconds = plain(plainSteps);
            ofPlain = ofPlain.plus(before, ProcessUse.now());
            return (double) load.sessions() * plainSteps / seconds;
        }

        private double joinedPerSecond() throws InterruptedException {
            ProcessUse before = ProcessUse.now();
            double seconds = clients.run(joinedSteps);
            ofJoined = ofJoined.plus(before, ProcessUse.now());
            return (double) load.sessions() * joinedSteps / seconds;
        }

        ServingRow run(Clients kind) throws InterruptedException {
            long batches = server.batches();
            long steps = server.steps();
            double[] plain = new double[pairs];
            double[] joined = new double[pairs];
            double[] ratios = new double[pairs];
            for (int i = 0; i < pairs; i++) {
                if (i % 2 == 0) {
                    plain[i] = plainPerSecond();
                    joined[i] = joinedPerSecond();
                } else {
                    joined[i] = joinedPerSecond();
                    plain[i] = plainPerSecond();
                }
                ratios[i] = joined[i] / plain[i];
            }
            double ofAll = (double) pairs * load.sessions();
            Histogram times = clients.latencies();
            return new ServingRow(
                    kind.toString(), clients.threads(), quantile(0.5, plain), quantile(0.5, joined),
                    quantile(0.5, ratios),
                    (quantile(0.75, ratios) - quantile(0.25, ratios)) / 2 / quantile(0.5, ratios),
                    ofPlain.processorNanos() / NANOS_PER_MICRO / ofAll / plainSteps,
                    ofJoined.processorNanos() / NANOS_PER_MICRO / ofAll / joinedSteps,
                    (double) (server.steps() - steps) / (server.batches() - batches),
                    times.getValueAtPercentile(50) / NANOS_PER_MICRO, times.getValueAtPercentile(99) / NANOS_PER_MICRO,
                    times.getValueAtPercentile(99.9) / NANOS_PER_MICRO, times.getMaxValue() / NANOS_PER_MICRO,
                    ofJoined.collections(), ofJoined.bytes() / ofAll / joinedSteps);
        }
    }

    private static double quantile(double part, double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double at = part * (sorted.length - 1);
        int below = (int) at;
        return sorted[below] + (at - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]);
    }
}
