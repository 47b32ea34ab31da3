package dev.unroll.bench.peers;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.MemoryLimitException;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Session;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.pytorch.PyTorchCheckpoint;
import dev.unroll.rnn.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Unroll's contestants for whole networks, whose results are those of the first call; and the same weights for others. */
final class Networks {
    private static final long SEED = 1;
    private static final double RATE = 0.1;

    private Networks() {}

    private static DeepRnn build(Work.Network work, WorkerPool pool) {
        return NetworkBuilder.of(work.model(), work.inputs()).seed(SEED).pool(pool).build();
    }

    /** Whole numbers below a limit, made of numbers from 0 to 1. */
    static int[] ids(Inputs.Memory numbers, int limit) {
        float[] from = numbers.tensor().toFloats();
        int[] ids = new int[from.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Math.min(limit - 1, (int) (from[i] * limit));
        }
        return ids;
    }

    private static Values values(Work.Network work, Inputs.Memory numbers) {
        return work.readsFrames()
                ? new Frames(work.inputs(), numbers.tensor().toFloats())
                : new Ids(ids(numbers, work.inputs()));
    }

    static Contestant enter(Work.Network work, Inputs inputs, WorkerPool pool) {
        DeepRnn network = build(work, pool);
        try {
            return switch (work.use()) {
                case TRAIN, RAGGED -> training(network, work, inputs);
                case INFER -> inference(network, work, inputs);
                case STEP -> steps(network, inputs);
            };
        } catch (MemoryLimitException e) {
            network.close();
            throw e;
        }
    }

    private static Contestant training(DeepRnn network, Work.Network work, Inputs inputs) {
        Batch batch = new Batch(
                SequenceLayout.padded(work.steps(), work.lengths()), values(work, inputs.a()),
                values(work, inputs.b()));
        Task task = work.readsFrames() ? Task.everyStep(Loss.bernoulli()) : Task.nextToken();
        Trainer trainer = new Trainer(network, task, new Sgd(RATE), Clip.norm(1));
        float[] loss = {Float.NaN}; // of the first update; later ones differ: PyTorch learns two biases a gate
        Runnable call = () -> {
            double now = trainer.step(batch);
            loss[0] = Float.isNaN(loss[0]) ? (float) now : loss[0];
        };
        return Contestant.of(call, () -> Optional.of(inputs.tensor(loss)), trainer, network);
    }

    private static Contestant inference(DeepRnn network, Work.Network work, Inputs inputs) {
        SequenceLayout layout = SequenceLayout.of(work.steps(), work.batch());
        Values x = values(work, inputs.a());
        float[] first = network.predict(x, layout, Readout.EVERY_STEP).toFloats();
        return Contestant.of(() -> network.predict(x, layout, Readout.EVERY_STEP), inputs.tensor(first), network);
    }

    private static Contestant steps(DeepRnn network, Inputs inputs) {
        float[] frame = inputs.a().tensor().toFloats();
        float[] output = new float[network.outputs()];
        Session session = network.session().open();
        session.step(frame).copyTo(output);
        return Contestant.of(() -> session.step(frame).copyTo(output), inputs.tensor(output), session, network);
    }

    /** Reads a file. */
    interface Reader<T> {
        T read(Path file) throws IOException;
    }

    /** The weights of a network in a safetensors file: under PyTorch's names, those of a DT(S)-RNN under ours. */
    static <T> T weights(Work.Network work, Reader<T> reader) throws IOException {
        Path file = Files.createTempFile("unroll-peers", ".safetensors");
        try (DeepRnn network = build(work, WorkerPool.caller())) {
            if (work.cell().equals("dts")) {
                network.parameters().save(file);
            } else {
                PyTorchCheckpoint.write(network, file);
            }
            return reader.read(file);
        } finally {
            Files.delete(file);
        }
    }
}
