package dev.unroll.bench.jmh;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.train.Trainer;
import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * An update of an LSTM with an embedding of words, by one sequence of 35 steps and SGD with clipping: with few outputs its
 * time does not depend on the number of words. Elements are those of the states.
 */
@Warmup(iterations = 5, time = 3) // an update calls many small methods, interpreted ones take milliseconds
public class WordModelBenchmark extends KernelBenchmark {
    private static final int STEPS = 35;
    private static final int UNITS = 200;

    /** The number of words, each with a vector of 200 numbers. */
    @Param({"1000", "10000", "100000"})
    public int words;

    /** The number of classes to predict. */
    @Param("28")
    public int outputs;

    private final Batch[] batches = new Batch[16];
    private DeepRnn network;
    private Trainer trainer;
    private int next;

    @Override
    void allocate() {
        String model = "embedding:" + UNITS + "/lstm:" + UNITS;
        network = NetworkBuilder.of(model, words).outputs(outputs).type(type).pool(pool()).build();
        trainer = new Trainer(network, new Sgd(0.1), Clip.norm(1));
        Random random = new Random(1);
        for (int i = 0; i < batches.length; i++) {
            int[] inputs = random.ints(STEPS, 0, words).toArray();
            batches[i] = Batch.ofTokens(STEPS, 1, inputs, random.ints(STEPS, 0, outputs).toArray());
        }
    }

    /** Closes the network. */
    @TearDown
    public void closeNetwork() {
        trainer.close();
        network.close();
    }

    /**
     * One update.
     *
     * @param amounts counts elements
     * @return the loss before it
     */
    @Benchmark
    public double update(Amounts amounts) {
        next = (next + 1) % batches.length;
        amounts.pass((long) STEPS * UNITS, type.bytes());
        return trainer.step(batches[next]);
    }
}
