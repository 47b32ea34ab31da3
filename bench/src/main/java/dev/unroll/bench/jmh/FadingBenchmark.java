package dev.unroll.bench.jmh;

import dev.unroll.bench.examples.OwnCell;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Variable;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Pass;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.operator.Readout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * 2,000 steps of four sequences whose states and deltas fade into the subnormal numbers, beside the same steps with ordinary
 * numbers: processors multiply subnormal numbers many times more slowly. The state keeps 0.99 of itself at every step, and
 * the loss is that of the last one. Operations are those of the recurrent products.
 */
@Warmup(iterations = 5, time = 2) // a step calls many small methods, interpreted ones take milliseconds
public class FadingBenchmark extends KernelBenchmark {
    private static final int STEPS = 2000;
    private static final int BATCH = 4;
    private static final int UNITS = 256;
    private static final int INPUTS = 8;

    /** {@code x} of which {@code sigmoid(x) = 0.99}. */
    private static final double KEEPS = 4.6;

    /** {@code x} of which {@code sigmoid(x)} is subnormal in F32. */
    private static final double SATURATED = -95;

    /** The cell; {@code example.mgu} is made of ops of the tape by {@link OwnCell}. */
    @Param({"lstm", "gru", "rnn", "example.mgu"})
    public String cell;

    /**
     * What fades: nothing; states and deltas; or only gates, of which those of every other unit are subnormal, while states
     * and deltas are ordinary.
     */
    @Param({"ordinary", "fading", "saturated"})
    public String fading;

    private final Task task = new Task(Readout.LAST_STEP, Loss.squaredError());
    private DeepRnn network;
    private CarriedState state;
    private Batch batch;

    @Override
    void allocate() {
        network = NetworkBuilder.of(cell + ":" + UNITS, INPUTS, OwnCell.KINDS)
                .initialization((name, usual, _) -> name.endsWith(".recurrent") ? Initializer.orthogonal() : usual)
                .outputs(1).type(type).pool(pool()).build();
        for (Parameter parameter : network.parameters().list()) {
            parameter.write(values -> prepare(parameter.name(), values));
        }
        state = network.newState(BATCH);
        double[] targets = new double[BATCH];
        Arrays.fill(targets, 1);
        batch = new Batch(SequenceLayout.of(STEPS, BATCH), frames(INPUTS, inputs()), frames(1, targets));
        requireSubnormalStates();
    }

    /** The inputs, the same for all sequences; of those that fade only the first ones are not zero. */
    private double[] inputs() {
        SplittableRandom random = new SplittableRandom(1);
        double[] inputs = new double[STEPS * BATCH * INPUTS];
        for (int t = 0; t < STEPS; t++) {
            double[] frame = random.doubles(INPUTS, -0.1, 0.1).toArray();
            if (isFading()) {
                Arrays.fill(frame, t == 0 ? 100 * smallest() : 0);
            }
            for (int b = 0; b < BATCH; b++) {
                System.arraycopy(frame, 0, inputs, (t * BATCH + b) * INPUTS, INPUTS);
            }
        }
        return inputs;
    }

    private boolean isFading() {
        return fading.equals("fading");
    }

    /** Returns the smallest normal number of the type. */
    private double smallest() {
        return type == ElementType.F32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
    }

    private Frames frames(int columns, double... values) {
        return type == ElementType.F64 ? new Frames(columns, values) : new Frames(columns, floats(values));
    }

    /** Lets states keep 0.99 of themselves. */
    private void prepare(String name, Tensor values) {
        if (name.endsWith(".recurrent")) {
            Elementwise.scale(cell.equals("rnn") ? 0.99 : 0.01, values, pool());
        } else if (name.endsWith(".bias")) {
            Elementwise.scale(0, values, pool());
        }
        if (name.equals("layer0.input.bias")) {
            switch (cell) {
                case "lstm" -> setGates(values, 1, KEEPS, 0);
                case "gru" -> setGates(values, 1, KEEPS, 0);
                case "rnn" -> setGates(values, -1, 0, 0);
                default -> setGates(values, 0, -KEEPS, 0);
            }
        }
    }

    /** Sets the biases of a block of gates, if there is one, and those of the block to be saturated, for every other unit. */
    private void setGates(Tensor bias, int keeping, double keeps, int saturated) {
        for (int j = 0; j < UNITS && keeping >= 0; j++) {
            bias.set(0, keeping * UNITS + j, keeps);
        }
        for (int j = 0; j < UNITS && fading.equals("saturated"); j += 2) {
            bias.set(0, saturated * UNITS + j, SATURATED);
        }
    }

    /** Requires what is to be measured. */
    private void requireSubnormalStates() {
        double[] states = network.states(batch.inputs(), batch.layout()).getFirst().steps().getFirst().toDoubles();
        double share = Arrays.stream(states).map(Math::abs).filter(h -> h > 0 && h < smallest()).count()
                / (double) states.length;
        if (isFading() != share > 0.5) {
            throw new IllegalStateException(
                    cell + ", " + fading + ": " + share + " of the states are subnormal; expected "
                            + (isFading() ? "more than half" : "at most half"));
        }
    }

    /** Closes the network. */
    @TearDown
    public void closeNetwork() {
        state.close();
        network.close();
    }

    /**
     * Runs forward.
     *
     * @param amounts counts operations
     * @return the output
     */
    @Benchmark
    public double forward(Amounts amounts) {
        count(amounts, 1);
        state.begin(batch);
        try (Pass pass = network.inference("a benchmark", state)) {
            return pass.run(batch, task.readout()).value().get(0, 0);
        }
    }

    /**
     * Runs forward and backward.
     *
     * @param amounts counts operations
     * @return the loss
     */
    @Benchmark
    public double forwardAndBackward(Amounts amounts) {
        count(amounts, 3);
        state.begin(batch);
        try (Pass pass = network.recording("a benchmark", state)) {
            Variable loss = task.loss(pass.tape(), pass.run(batch, task.readout()), batch);
            pass.backward(loss, isFading() ? 100 * smallest() : 1);
            return loss.value().get(0, 0);
        } finally {
            network.parameters().clearGradients();
        }
    }

    private void count(Amounts amounts, int products) {
        int blocks = switch (cell) {
            case "lstm" -> 4;
            case "gru" -> 3;
            case "rnn" -> 1;
            default -> 2;
        };
        amounts.product((long) products * STEPS * BATCH, (long) blocks * UNITS, UNITS);
    }
}
