package dev.unroll.rnn.autograd;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Embedding;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.RowStream;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.internal.NotSeparable;
import dev.unroll.rnn.internal.Nulls;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import java.util.function.LongPredicate;

/** The engine of a {@link Tape}: runs calls forward, records them, and runs them backward. */
final class Recorder {
    private final Workspace workspace;
    private final ElementType type;
    private final WorkerPool pool;
    private final Calls recorded;
    private final AtomicReference<Thread> user = new AtomicReference<>();
    private final Nodes nodes;
    private final WeightGradients weightGradients = new WeightGradients();
    private final SeparateSums separateSums = new SeparateSums();
    private List<SequencePart> parts = List.of();
    private boolean isSummingParts;
    private StepMemory stepMemory;
    /** Open while calls of time loops run, or null. */
    private RowStream stream;
    private boolean ranBackward;
    private NoiseOfUpdate weightNoise;
    private long bytes;

    /** Which calls are recorded. */
    enum Calls {
        NONE,
        WITH_GRADIENT,
        /** As WITH_GRADIENT, again and again: a further recording takes what the one before made. */
        WITH_GRADIENT_AGAIN,
        ALL;

        boolean haveGradients() {
            return this == WITH_GRADIENT || this == WITH_GRADIENT_AGAIN;
        }
    }

    Recorder(Workspace workspace, ElementType type, WorkerPool pool, Calls recorded) {
        if (!Nulls.require("Tape", "type", type).isFloating()) {
            throw new IllegalArgumentException("a tape computes in F32 or F64, not in " + type);
        }
        this.workspace = Nulls.require("Tape", "workspace", workspace);
        this.type = type;
        this.pool = Nulls.require("Tape", "pool", pool);
        this.recorded = recorded;
        nodes = new Nodes(recorded == Calls.WITH_GRADIENT_AGAIN);
    }

    /** Begins a further recording, by any thread. */
    void restart() {
        nodes.restart();
        weightGradients.restart();
        separateSums.restart();
        parts = List.of();
        isSummingParts = false;
        stepMemory = null;
        ranBackward = false;
        weightNoise = null;
        user.set(null);
    }

    /** Forgets all recordings, whose memory is gone. */
    void forget() {
        nodes.forget();
        weightGradients.forget();
        separateSums.forget();
        bytes = 0;
    }

    /** Whether the recording that runs has made nothing yet. */
    boolean isUntouched() {
        return nodes.isUntouched();
    }

    /** Whether the recording that runs took memory. */
    boolean grew() {
        return nodes.grew();
    }

    boolean ranBackward() {
        return ranBackward;
    }

    Variable[] apply(Op op, Variable... inputs) {
        checkThread();
        Nulls.require("Tape.apply", "op", op);
        for (int i = 0; i < inputs.length; i++) {
            if (inputs[i] == null) {
                throw new IllegalArgumentException("op " + op + ": input " + i + " is null");
            }
            if (recorded.haveGradients() && inputs[i] instanceof Parameter parameter) {
                parameter.owner().requireTrainable("recording for gradients");
            }
            if (i < op.domain().size() && inputs[i].needsGradient() && !op.domain().get(i).range().hasGradient()) {
                throw new IllegalArgumentException("op " + op + " has no gradient for its input " + i + ", "
                        + inputs[i].value() + "; give it as tape.constant(...)");
            }
        }
        Call again = nodes.reuse(op, stepMemory, inputs);
        if (again != null) {
            return again.forward();
        }
        differ();
        Call call = new Call(this, op, stepMemory, inputs);
        Variable[] outputs = call.forward();
        if (recorded == Calls.ALL || nodes.keeps() || recorded == Calls.WITH_GRADIENT && call.needsGradient()) {
            nodes.add(call);
        }
        return outputs;
    }

    /** What follows is not what the recording before made. */
    void differ() {
        nodes.differ();
        if (stepMemory != null) {
            stepMemory.differ();
        }
    }

    boolean isReplayed() {
        return recorded == Calls.ALL;
    }

    /** The owners of all parameters that recorded calls read. */
    List<Parameters> owners() {
        return nodes.calls().stream().flatMap(Call::parameters).map(Parameter::owner).distinct().toList();
    }

    /** Computes all recorded calls anew; their parameters are shared by the caller, and no other thread does so. */
    void replay() {
        for (int i = 0; i < nodes.callCount(); i++) {
            nodes.call(i).forwardAgain(); // not in a stream, which would be an object per run
        }
    }

    /** Runs calls, of which those of time loops need not wait for all of their rows. */
    private void inStream(Runnable calls) {
        try (RowStream opened = RowStream.open(pool, workspace)) {
            stream = opened;
            calls.run();
        } finally {
            stream = null;
        }
    }

    /** Waits until all that calls of time loops compute is there. */
    void awaitStream() {
        if (stream != null) {
            stream.await();
        }
    }

    /** Runs a call of a time loop, which need not wait for all of its rows. */
    void runInStream(Op.Computation computation, Call call) {
        if (stream == null) {
            computation.run(call);
            return;
        }
        stream.set(true);
        try {
            computation.run(call);
        } finally {
            stream.set(false);
        }
    }

    void unroll(SequenceLayout layout, boolean reverse, IntConsumer step) {
        if (stepMemory != null) {
            throw new IllegalStateException(
                    "unroll was called in a step of another unroll; run one time loop after the other");
        }
        Nulls.require("Tape.unroll", "step", step);
        int steps = Nulls.require("Tape.unroll", "layout", layout).steps();
        stepMemory = nodes.loop(layout, reverse, this::allocate);
        try {
            inStream(() -> runSteps(steps, reverse, step));
        } finally {
            stepMemory = null;
        }
    }

    private void runSteps(int steps, boolean reverse, IntConsumer step) {
        for (int i = 0; i < steps; i++) {
            stepMemory.nextStep();
            step.accept(reverse ? steps - 1 - i : i);
        }
        stepMemory.endStep();
    }

    Variable allSteps(Variable lastStep) {
        long rows = Nulls.require("Tape.allSteps", "lastStep", lastStep).storage().values().rows();
        long first = lastStep.slice().firstRow();
        long end = first + lastStep.value().rows();
        if (lastStep.storage().filledFromEnd() ? first != 0 : end != rows) {
            throw new IllegalArgumentException("allSteps needs the whole output of the step that ran last, not rows "
                    + first + " to " + end + " of the " + rows + " rows of all steps; give what its op returned");
        }
        return nodes.allSteps(lastStep);
    }

    Variable rows(Variable whole, long from, long count) {
        return nodes.rows(Nulls.require("Tape.rows", "whole", whole), storageOf(whole), from, count);
    }

    Variable columns(Variable whole, long from, long count) {
        return nodes.columns(Nulls.require("Tape.columns", "whole", whole), storageOf(whole), from, count);
    }

    void backward(Variable loss) {
        if (Nulls.require("Tape.backward", "loss", loss).value().size() != 1) {
            throw new IllegalArgumentException("a loss is one number, not " + loss.value() + "; for other outputs give"
                    + " backward(output, gradient) the gradient to start from");
        }
        checkCanRunBackward();
        gradientOf(loss).set(0, 0, 1 + gradientOf(loss).get(0, 0));
        run();
    }

    void backward(Variable output, Tensor gradient) {
        checkCanRunBackward();
        Elementwise.axpy(1, gradient, gradientOf(Nulls.require("Tape.backward", "output", output)), pool);
        run();
    }

    void backward(List<Variable> outputs, List<Tensor> gradients) {
        if (outputs.size() != gradients.size()) {
            throw new IllegalArgumentException(
                    "Tape.backward: " + outputs.size() + " outputs need as many gradients, not "
                            + gradients.size());
        }
        checkCanRunBackward();
        for (int i = 0; i < outputs.size(); i++) {
            if (outputs.get(i).needsGradient()) {
                Elementwise.axpy(1, gradients.get(i), gradientOf(outputs.get(i)), pool);
            }
        }
        run();
    }

    private void run() {
        runCalls();
        weightGradients.finish(pool, this::gradientOf);
    }

    private void runCalls() {
        ranBackward = true;
        inStream(() -> {
            for (int i = nodes.callCount() - 1; i >= 0; i--) {
                nodes.call(i).backward();
            }
        });
    }

    private void runCallsOfParts() {
        for (int i = 0; i < nodes.callCount(); i++) {
            separateSums.find(nodes.call(i));
        }
        ranBackward = true;
        inStream(() -> {
            for (int i = nodes.callCount() - 1; i >= 0; i--) {
                Call call = nodes.call(i);
                if (!separateSums.defers(call)) {
                    call.backward();
                }
            }
        });
    }

    /** Sums gradients of parameters apart for each of several parts of the sequences; see {@link #backwardOfParts}. */
    void setParts(List<SequencePart> ofSequences) {
        parts = ofSequences;
    }

    /** Refuses what would mix the parts. */
    void requireOnePart(String reason) {
        if (!parts.isEmpty()) {
            throw new NotSeparable(reason, false);
        }
    }

    /** The decision that a tape of each part alone would come to. */
    boolean decide(Tensor x, LongPredicate ofRows) {
        if (parts.isEmpty()) {
            return ofRows.test(SequencePart.rows(x));
        }
        boolean first = ofRows.test(parts.getFirst().rowsOf(x));
        for (int i = 1; i < parts.size(); i++) {
            if (ofRows.test(parts.get(i).rowsOf(x)) != first) {
                throw new NotSeparable("parts of unequal size are computed in different ways", true);
            }
        }
        return first;
    }

    /** Runs backward from the losses of all parts, then sums the gradients of parameters part by part. */
    void backwardOfParts(List<Variable> losses, List<Tensor> gradients, IntConsumer summed) {
        checkCanRunBackward();
        if (parts.isEmpty() || losses.size() != parts.size() || gradients.size() != parts.size()) {
            throw new IllegalArgumentException("Tape.backward: " + parts.size() + " parts need as many losses and"
                    + " gradients, and at least one of each, not " + losses.size() + " and " + gradients.size()
                    + "; declare them by Tape.parts first");
        }
        for (int i = 0; i < losses.size(); i++) {
            if (losses.get(i).needsGradient()) {
                Elementwise.axpy(1, gradients.get(i), gradientOf(losses.get(i)), pool);
            }
        }
        runCallsOfParts();
        List<SequencePart> all = parts;
        parts = List.of();
        isSummingParts = true;
        for (int i = 0; i < all.size(); i++) {
            separateSums.finish(all.get(i), pool, this::gradientOf, this::allocate);
            weightGradients.finish(all.get(i), pool, this::gradientOf);
            summed.accept(i);
        }
        isSummingParts = false;
    }

    private void checkCanRunBackward() {
        checkThread();
        if (!recorded.haveGradients()) {
            throw new IllegalStateException("this tape records nothing; use Tape.recording(...) for gradients");
        }
        if (ranBackward) {
            // What the first run left in the middle would flow back a second time.
            throw new IllegalStateException("this tape ran backward already; run the step again on a new tape, or add"
                    + " the losses up before backward");
        }
    }

    private void checkThread() {
        Thread own = Thread.currentThread();
        Thread first = user.get();
        if (first != own && (first != null || !user.compareAndSet(null, own))) {
            throw new IllegalStateException("this tape is in use by thread " + name(user.get()) + ", so thread "
                    + name(own) + " cannot compute on it; make a tape, with a workspace, for each thread");
        }
    }

    private static String name(Thread thread) {
        return thread.getName().isEmpty() ? "#" + thread.threadId() : thread.getName();
    }

    Variable make(long rows, long columns, boolean needsGradient) {
        return stepMemory != null
                ? stepMemory.next(rows, columns, needsGradient)
                : new Variable(new Storage(allocate(rows, columns), null), needsGradient);
    }

    /** A tensor for backward, or for one forward computation where there is no backward. */
    Tensor keep(long rows, long columns) {
        return stepMemory != null && recorded == Calls.NONE
                ? stepMemory.nextShared(rows, columns)
                : make(rows, columns, false).value();
    }

    /** A tensor was there from the recording before. */
    void reuse() {
        if (stepMemory != null) {
            stepMemory.reuse();
        }
    }

    private Tensor allocate(long rows, long columns) {
        return allocate(type, rows, columns);
    }

    private Tensor allocate(ElementType of, long... shape) {
        nodes.grow();
        Tensor tensor = workspace.allocate(of, shape);
        bytes += Math.ceilDiv(tensor.size() * of.bytes(), Workspace.ALIGNMENT) * Workspace.ALIGNMENT;
        return tensor;
    }

    /** The bytes of all tensors that were allocated since the recordings were forgotten. */
    long bytes() {
        return bytes;
    }

    Variable constant(Tensor value) {
        expectViews();
        return nodes.constant(value);
    }

    /** Memory of others is read, in a step perhaps other rows of what it computes; also in recordings that follow. */
    void expectViews() {
        if (stepMemory != null) {
            stepMemory.expectViews();
        }
    }

    Variable inputCopy(Tensor value) {
        Variable copy = nodes.input(type, this::allocate, value.shape());
        copy.value().copyFrom(value);
        return copy;
    }

    Variable zeros(long... shape) {
        Variable zeros = newConstant(type, shape);
        zeros.value().clear();
        return zeros;
    }

    Variable constant(Values values) {
        Variable data = switch (Nulls.require("Tape.constant", "values", values)) {
            case Ids ids -> newConstant(ElementType.I32, ids.count());
            case Frames frames -> newConstant(type, frames.count(), frames.columns());
        };
        values.copyTo(data.value());
        return data;
    }

    Variable ids(int... ids) {
        Variable data = newConstant(ElementType.I32, Nulls.require("Tape.ids", "ids", ids).length);
        data.value().copyFrom(ids);
        return data;
    }

    Variable row(float... values) {
        Variable row = newConstant(type, Nulls.require("Tape.row", "values", values).length);
        Storage.copy(values, row.value());
        return row;
    }

    Variable row(double... values) {
        Variable row = newConstant(type, Nulls.require("Tape.row", "values", values).length);
        Storage.copy(values, row.value());
        return row;
    }

    private Variable newConstant(ElementType of, long... shape) {
        return nodes.constant(of, this::allocate, shape);
    }

    Tensor scratch(Tensor like) {
        return nodes.scratch(like, this::allocate);
    }

    /** What an op reads: of a parameter, on a tape with noise, other values than its own. */
    Tensor valueOf(Variable variable) {
        return variable instanceof Parameter parameter
                ? parameter.storage(weightNoise, pool).values()
                : variable.value();
    }

    private Storage storageOf(Variable variable) {
        return variable instanceof Parameter parameter ? parameter.storage(weightNoise, pool) : variable.storage();
    }

    Tensor gradientOf(Variable variable) {
        Storage storage = variable.storage();
        if (storage.isOfParameter() || separateSums.isComputed(storage)) {
            requireOnePart("an op adds to the gradient of a parameter, or of computed weights, by itself");
        }
        if (storage.gradients() == null) {
            Tensor spare = storage.spareZeros();
            storage.setGradients(spare == null ? newZeros(storage.values()) : spare);
            nodes.flowedTo(storage);
        }
        storage.touchAll();
        return variable.gradientView();
    }

    /** Whether nothing has flowed back to a variable yet, and memory can be its gradient. */
    boolean takesGradient(Variable variable, Tensor memory) {
        return variable.slice() == Slice.WHOLE && !variable.hasGradient()
                && variable.storage().values().hasShapeOf(memory);
    }

    void giveGradient(Storage storage, Tensor memory) {
        storage.giveGradients(memory);
        nodes.flowedTo(storage);
    }

    /** Adds to the gradient of a row that was added to every row. */
    void addBiasGradient(Variable bias, Tensor delta) {
        if (parts.isEmpty()) {
            Elementwise.addColumnSums(delta, gradientOf(bias), pool);
        } else {
            requireWeight(bias);
            separateSums.addColumnSums(bias, delta);
        }
    }

    /** What was computed has one gradient of all parts, which flows on. */
    private void requireWeight(Variable target) {
        if (!target.isLeaf() && !separateSums.isWeight(target)) {
            requireOnePart("a bias or a table is computed from sequences");
        }
    }

    /** Of a parameter only these rows count as touched. */
    void addToRowsOfGradient(Variable table, Tensor ids, Tensor delta) {
        if (!parts.isEmpty()) {
            requireWeight(table);
            separateSums.addToRows(table, ids, delta);
            return;
        }
        boolean someRows = table.slice() == Slice.WHOLE && table.storage().touchRows(ids);
        Embedding.scatterAdd(ids, delta, someRows ? table.gradientView() : gradientOf(table), pool);
    }

    private Tensor newZeros(Tensor like) {
        Tensor zeros = allocate(type, like.shape());
        zeros.clear();
        return zeros;
    }

    /** A leaf's gradient is needed by nobody before the end, so its products may wait and be joined. */
    void addWeightGradient(Variable weight, Tensor x, Tensor delta) {
        if (isSummingParts) {
            throw new NotSeparable("weights are products of weights", false);
        }
        if (weight.isLeaf()) {
            weightGradients.add(weight, x, delta);
        } else {
            requireOnePart("weights are computed, or a part of others");
            Gemm.tn(1, x, delta, 1, gradientOf(weight), pool);
        }
    }

    void setWeightNoise(NoiseOfUpdate noise) {
        weightNoise = noise;
    }

    /** Null for none. */
    NoiseOfUpdate weightNoise() {
        return weightNoise;
    }

    ElementType type() {
        return type;
    }

    WorkerPool pool() {
        return pool;
    }

    /** The calls that were recorded. */
    List<Call> calls() {
        return nodes.calls().stream().filter(call -> recorded == Calls.ALL || call.needsGradient()).toList();
    }
}
