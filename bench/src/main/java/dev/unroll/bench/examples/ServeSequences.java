package dev.unroll.bench.examples;

import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Session;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Serves one network to many clients at a time. Each has a session of its own, on a thread of its own; the parameters are
 * shared. Whoever else is served, a client gets the same bits.
 */
public final class ServeSequences {
    private static final int CLIENTS = 8;
    private static final int STEPS = 1_000;
    private static final int INPUTS = 16;
    private static final int CLASSES = 4;

    private ServeSequences() {}

    /**
     * What clients got.
     *
     * @param clients how many there were
     * @param equal how many got the bits that they get when they are served alone
     */
    public record Answers(int clients, long equal) {
        @Override
        public String toString() {
            return equal + " of " + clients + " clients got the same answers as when served alone";
        }
    }

    /**
     * Serves, and prints what clients got.
     *
     * @param args none
     */
    public static void main(String... args) {
        System.out.println(run(1));
    }

    /**
     * Serves all clients at a time, and then one after the other.
     *
     * @param seed of the network
     * @return what they got
     */
    public static Answers run(long seed) {
        try (DeepRnn network = NetworkBuilder.of("gru:64", INPUTS).outputs(CLASSES).seed(seed).build();
                ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
            List<CompletableFuture<Integer>> together = IntStream.range(0, CLIENTS)
                    .mapToObj(i -> CompletableFuture.supplyAsync(() -> serve(network, i), threads))
                    .toList();
            List<Integer> answers = together.stream().map(CompletableFuture::join).toList();
            return new Answers(CLIENTS,
                    IntStream.range(0, CLIENTS).filter(i -> answers.get(i) == serve(network, i)).count());
        }
    }

    /** One client: frames go in one by one, and the probabilities of the classes come out; returns a hash of them all. */
    private static int serve(DeepRnn network, int client) {
        RandomGenerator random = Randoms.of(client);
        float[] frame = new float[INPUTS];
        float[] probabilities = new float[CLASSES];
        int hash = 0;
        try (Session session = network.session().output(Session.Output.SOFTMAX).open()) {
            for (int t = 0; t < STEPS; t++) {
                for (int i = 0; i < INPUTS; i++) {
                    frame[i] = random.nextFloat();
                }
                session.step(frame).copyTo(probabilities);
                hash = 31 * hash + Arrays.hashCode(probabilities);
            }
        }
        return hash;
    }
}
