package dev.unroll.rnn.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.optim.Adam;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.spec.ModelSpec;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A training that stops being finite says where, and leaves the parameters as they were. */
class DivergenceTest {
    private static final String ADVICE = "; lower the learning rate or clip more";

    private final DeepRnn network =
            NetworkBuilder.of(ModelSpec.parse("gru:5", 2, 3)).seed(7).pool(WorkerPool.caller()).build();
    private final Parameters parameters = network.parameters();

    @AfterEach
    void close() {
        network.close();
    }

    /** 4 steps of 3 sequences, with one number that may be broken. */
    private static Batch batch(int row, float value, Task task) {
        float[] frames = new float[4 * 3 * 2];
        Arrays.fill(frames, 0.5f);
        frames[2 * row] = value;
        int targets = task.readout() == Readout.EVERY_STEP ? 12 : 3;
        return new Batch(SequenceLayout.of(4, 3), new Frames(2, frames), new Ids(new int[targets]));
    }

    /** Inputs are numbers, but so large that in a network of relu they do not stay so. */
    private String messageOfLargeInput(Task task, int row) {
        try (DeepRnn relu = NetworkBuilder.of(ModelSpec.parse("rnn:5:f=relu", 2, 3)).seed(7).build();
                Trainer trainer = new Trainer(relu, task, new Adam(1e-3), Clip.norm(1))) {
            trainer.step(batch(0, 0, task));
            for (Parameter parameter : relu.parameters().list()) {
                float[] fours = new float[(int) parameter.value().size()];
                Arrays.fill(fours, 4);
                parameter.write(values -> values.copyFrom(fours));
            }
            float[] before = relu.parameters().values().toFloats();
            Batch large = batch(row, 3e38f, task);
            Exception e = assertThrows(ArithmeticException.class, () -> trainer.step(large));
            assertArrayEquals(before, relu.parameters().values().toFloats());
            assertArrayEquals(new float[before.length], relu.parameters().gradients().toFloats());
            return e.getMessage();
        }
    }

    @Test
    void theFirstStepThatIsNotFiniteIsNamed() {
        assertEquals(
                "training diverged: the loss of update 2 is NaN, first in step 2 of sequence 1, counted from 0"
                        + ADVICE,
                messageOfLargeInput(Task.nextToken(), 2 * 3 + 1));
    }

    @Test
    void ofOnePredictionASequenceTheSequenceIsNamed() {
        assertEquals(
                "training diverged: the loss of update 2 is NaN, first in sequence 2, counted from 0" + ADVICE,
                messageOfLargeInput(new Task(Readout.LAST_STEP, Loss.crossEntropy()), 3 + 2));
    }

    /** Their squares are no doubles, but they are. */
    @Test
    void gradientsThatAreFiniteHaveNotDivergedHoweverLarge() {
        try (DeepRnn large = NetworkBuilder.of(ModelSpec.parse("gru:5", 2, 3)).type(ElementType.F64).seed(7).build();
                Trainer trainer = new Trainer(large, new Sgd(0.5), Clip.norm(1))) {
            Parameter bias = large.parameters().list().getLast();
            for (double size : new double[] {1e160, 1e200, 1e305}) {
                double before = bias.value().get(0, 0);
                bias.gradient().set(0, 0, size);
                trainer.step(batch(0, 0, Task.nextToken()));
                assertEquals(before - 0.5, bias.value().get(0, 0), 1e-12, "clipped to norm 1");
            }
        }
    }

    @Test
    void targetsThatAreNotFiniteAreSuspectedWhereOutputsAreFinite() {
        Task task = Task.everyStep(Loss.squaredError());
        float[] targets = new float[12 * 3];
        targets[5] = Float.NaN;
        Batch batch = new Batch(SequenceLayout.of(4, 3), new Frames(2, new float[24]), new Frames(3, targets));
        try (Trainer trainer = new Trainer(network, task, new Adam(1e-3), Clip.none())) {
            Exception e = assertThrows(ArithmeticException.class, () -> trainer.step(batch));
            assertEquals(
                    "training diverged: the loss of update 1 is NaN, though every output is finite: look at the"
                            + " targets" + ADVICE,
                    e.getMessage());
        }
    }

    @Test
    void aParameterWhoseValuesAreNotFiniteIsNamed() {
        Parameter recurrent = parameters.list().stream()
                .filter(p -> p.name().equals("layer0.recurrent"))
                .findFirst().orElseThrow();
        try (Trainer trainer = new Trainer(network, new Adam(1e-3), Clip.norm(1))) {
            recurrent.write(values -> values.set(0, 0, Double.POSITIVE_INFINITY));
            float[] before = parameters.values().toFloats();
            Exception e = assertThrows(
                    ArithmeticException.class, () -> trainer.step(batch(0, 0, Task.nextToken())));
            assertEquals(
                    "training diverged: the loss of update 1 is NaN, first in step 0 of sequence 0, counted from 0; the"
                            + " values of layer0.recurrent are not finite" + ADVICE,
                    e.getMessage());
            assertArrayEquals(before, parameters.values().toFloats());
        }
    }

    @Test
    void theParameterWhoseGradientIsNotFiniteIsNamed() {
        assertEquals("; that of output.bias is not finite", brokenGradients("output.bias"));
        assertEquals(
                "; that of layer0.recurrent is not finite, then those of 1 more",
                brokenGradients("layer0.input.weight", "layer0.recurrent"));
    }

    /** What is said of these gradients, which stand before the step. */
    private String brokenGradients(String... names) {
        Batch batch = batch(0, 0, Task.nextToken());
        try (Trainer trainer = new Trainer(network, new Adam(1e-3), Clip.norm(1))) {
            trainer.step(batch);
            float[] before = parameters.values().toFloats();
            for (Parameter parameter : parameters.list()) {
                if (Arrays.asList(names).contains(parameter.name())) {
                    Tensor gradient = parameter.gradient();
                    gradient.set(0, gradient.columns() - 1, Double.POSITIVE_INFINITY);
                }
            }
            Exception e = assertThrows(ArithmeticException.class, () -> trainer.step(batch));
            assertArrayEquals(before, parameters.values().toFloats());
            assertArrayEquals(new float[before.length], parameters.gradients().toFloats());
            trainer.step(batch); // the next one begins clean
            String start = "training diverged: the norm of the gradients of update 2 is Infinity";
            assertEquals(start, e.getMessage().substring(0, start.length()));
            return e.getMessage().substring(start.length(), e.getMessage().length() - ADVICE.length());
        }
    }
}
