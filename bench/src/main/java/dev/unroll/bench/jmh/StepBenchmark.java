package dev.unroll.bench.jmh;

import dev.unroll.kernels.Epilogue;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.GruCell;
import dev.unroll.kernels.LstmCell;
import dev.unroll.kernels.PackedMatrix;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Session;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One step of one sequence through a layer and a linear output: by a session, by a prediction, and by the same kernels
 * called by hand; and by a session of F32 whose weights are kept as bfloat16.
 */
@Warmup(iterations = 5, time = 3) // a step calls many small methods, interpreted ones take milliseconds
public class StepBenchmark extends KernelBenchmark {
    private static final int INPUTS = 64;
    private static final int OUTPUTS = 64;

    /** The recurrent layer. */
    @Param({"lstm", "gru"})
    public String cell;

    /** Its units. */
    @Param({"64", "256", "1024"})
    public int hidden;

    private final float[] frame = new float[INPUTS];
    private final float[] floats = new float[OUTPUTS];
    private final double[] doubles = new double[OUTPUTS];
    private final double[] wideFrame = new double[INPUTS];
    private DeepRnn network;
    private CarriedState state;
    private Session session;
    private DeepRnn bfloat16Network;
    private Session bfloat16Session;
    private PackedMatrix input;
    private PackedMatrix recurrent;
    private PackedMatrix output;
    private Epilogue bias;
    private Epilogue outputBias;
    private Tensor candidateBias;
    private Tensor x;
    private Tensor p;
    private Tensor gates;
    private Tensor q;
    private Tensor h;
    private Tensor nextH;
    private Tensor c;
    private Tensor nextC;
    private Tensor logits;

    @Override
    void allocate() {
        network = NetworkBuilder.of(cell + ":" + hidden, INPUTS).outputs(OUTPUTS).type(type).pool(pool()).build();
        state = network.newState(1);
        session = network.session().open();
        bfloat16Network =
                NetworkBuilder.of(cell + ":" + hidden, INPUTS).outputs(OUTPUTS).pool(pool()).build().toBfloat16();
        bfloat16Session = bfloat16Network.session().open();
        int blocks = cell.equals("lstm") ? 4 : 3;
        input = packed(INPUTS, blocks * hidden);
        recurrent = packed(hidden, blocks * hidden);
        output = packed(hidden, OUTPUTS);
        bias = Epilogue.bias(random(blocks * hidden));
        outputBias = Epilogue.bias(random(OUTPUTS));
        candidateBias = random(hidden);
        x = random(1, INPUTS);
        p = zeros(1, blocks * hidden);
        gates = zeros(1, blocks * hidden);
        q = zeros(1, hidden);
        h = zeros(1, hidden);
        nextH = zeros(1, hidden);
        c = zeros(1, hidden);
        nextC = zeros(1, hidden);
        logits = zeros(1, OUTPUTS);
    }

    private PackedMatrix packed(int rows, int columns) {
        return PackedMatrix.of(workspace(), rows, columns, type).pack(random(rows, columns));
    }

    /** Closes the networks. */
    @TearDown
    public void closeNetworks() {
        bfloat16Session.close();
        bfloat16Network.close();
        session.close();
        state.close();
        network.close();
    }

    private void count(Amounts amounts) {
        int blocks = cell.equals("lstm") ? 4 : 3;
        amounts.product(1, (long) blocks * hidden, INPUTS + hidden);
        amounts.product(1, OUTPUTS, hidden);
    }

    /**
     * A session's step, from an array to an array.
     *
     * @param amounts counts operations
     */
    @Benchmark
    public void session(Amounts amounts) {
        switch (type) {
            case F32 -> session.step(frame).copyTo(floats);
            default -> session.step(wideFrame).copyTo(doubles);
        }
        count(amounts);
    }

    /**
     * The step of a session of F32, whatever the type, with weights that are kept as bfloat16.
     *
     * @param amounts counts operations
     */
    @Benchmark
    public void bfloat16Session(Amounts amounts) {
        bfloat16Session.step(frame).copyTo(floats);
        count(amounts);
    }

    /**
     * A prediction that carries a state.
     *
     * @param amounts counts operations
     * @return the logits
     */
    @Benchmark
    public Frames prediction(Amounts amounts) {
        count(amounts);
        return network.predict(state, new Frames(INPUTS, frame));
    }

    /**
     * The kernels of the step on tensors that are made once.
     *
     * @param amounts counts operations
     */
    @Benchmark
    public void kernels(Amounts amounts) {
        switch (type) {
            case F32 -> x.copyFrom(frame);
            default -> x.copyFrom(wideFrame);
        }
        Gemm.packed(1, x, input, 0, p, bias, pool());
        Gemm.packed(1, h, recurrent, 0, gates, Epilogue.NONE, pool());
        if (cell.equals("lstm")) {
            LstmCell.forward(p, gates, c, nextC, q, nextH, pool());
            swapCells();
        } else {
            GruCell.forward(p, gates, candidateBias, h, q, nextH, pool());
        }
        swapStates();
        Gemm.packed(1, h, output, 0, logits, outputBias, pool());
        count(amounts);
    }

    private void swapCells() {
        Tensor last = c;
        c = nextC;
        nextC = last;
    }

    private void swapStates() {
        Tensor last = h;
        h = nextH;
        nextH = last;
    }
}
