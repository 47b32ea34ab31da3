package dev.unroll.rnn.autograd;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.data.SequenceLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Everything that a recording made, in its order, so that a further recording of the same shapes takes it again instead of
 * making it: the k-th call, view, constant and time loop. What differs is made anew, and {@link #grew} then says that
 * memory was taken.
 */
final class Nodes {
    /** Objects in the order of their making, of which those before a position belong to the recording that runs. */
    private static final class Sequence<E> {
        private final List<E> all = new ArrayList<>();
        private int at;

        /** The next one of the recording before, or null if there is none. */
        E peek() {
            return at < all.size() ? all.get(at) : null;
        }

        E take() {
            return all.get(at++);
        }

        /** Takes an object in the place of the next one. */
        E put(E made) {
            if (at < all.size()) {
                all.set(at, made);
            } else {
                all.add(made);
            }
            at++;
            return made;
        }

        void truncate() {
            if (at < all.size()) { // most often it is not: calls of a tape of one recording pass here
                all.subList(at, all.size()).clear();
            }
        }
    }

    private final Sequence<Call> calls = new Sequence<>();
    private final Sequence<Variable> views = new Sequence<>();
    private final Sequence<Leaf> given = new Sequence<>();
    private final Sequence<Leaf> constants = new Sequence<>();
    private final Sequence<Leaf> inputs = new Sequence<>();
    private final Sequence<Tensor> scratch = new Sequence<>();
    private final Sequence<StepMemory> loops = new Sequence<>();
    private final List<Storage> withGradients = new ArrayList<>();
    private final boolean keeps;
    private boolean grew;

    /**
     * Makes an empty sequence.
     *
     * @param keeps whether there will be further recordings
     */
    Nodes(boolean keeps) {
        this.keeps = keeps;
    }

    /** Begins a further recording. */
    void restart() {
        grew = false;
        calls.at = 0;
        views.at = 0;
        given.at = 0;
        constants.at = 0;
        inputs.at = 0;
        scratch.at = 0;
        loops.at = 0;
        for (int i = 0; i < withGradients.size(); i++) {
            withGradients.get(i).setGradientsAside();
        }
        withGradients.clear();
    }

    /** Forgets the recording before, whose memory is gone. */
    void forget() {
        restart();
        calls.truncate();
        views.truncate();
        given.truncate();
        constants.truncate();
        inputs.truncate();
        scratch.truncate();
        loops.truncate();
    }

    /** Whether the recording that runs has made nothing yet. */
    boolean isUntouched() {
        return calls.at + views.at + given.at + constants.at + inputs.at + scratch.at + loops.at == 0;
    }

    /** Whether the recording that runs took memory. */
    boolean grew() {
        return grew;
    }

    void grow() {
        grew = true;
    }

    boolean keeps() {
        return keeps;
    }

    int callCount() {
        return calls.at;
    }

    Call call(int i) {
        return calls.all.get(i);
    }

    /** The calls of the recording that runs. */
    List<Call> calls() {
        return calls.all.subList(0, calls.at);
    }

    /** The next call of the recording before if it stood at the same place of the same loop; otherwise null. */
    Call reuse(Op op, StepMemory loop, Variable... inputs) {
        Call next = calls.peek();
        return next != null && next.restart(op, loop, inputs) ? calls.take() : null;
    }

    void add(Call call) {
        calls.put(call);
    }

    /** The calls after the one that runs are others than those of the recording before. */
    void differ() {
        calls.truncate();
    }

    Variable rows(Variable whole, Storage storage, long from, long count) {
        Variable next = views.peek();
        if (isViewOf(next, whole, storage) && next.slice().isRows(whole.slice(), from, count)) {
            return views.take();
        }
        whole.value().rows(from, count); // refuses rows that are not there
        return view(new Variable(storage, whole.slice().rows(from, count), whole.needsGradient()));
    }

    Variable columns(Variable whole, Storage storage, long from, long count) {
        Variable next = views.peek();
        if (isViewOf(next, whole, storage) && next.slice().isColumns(whole.slice(), from, count)) {
            return views.take();
        }
        whole.value().columns(from, count); // refuses columns that are not there
        return view(new Variable(storage, whole.slice().columns(from, count), whole.needsGradient()));
    }

    private static boolean isViewOf(Variable next, Variable whole, Storage storage) {
        return next != null && next.storage() == storage && next.needsGradient() == whole.needsGradient();
    }

    Variable allSteps(Variable lastStep) {
        Variable next = views.peek();
        if (isViewOf(next, lastStep, lastStep.storage()) && next.slice().isAllRows(lastStep.slice())) {
            return views.take();
        }
        return view(new Variable(lastStep.storage(), lastStep.slice().allRows(), lastStep.needsGradient()));
    }

    private Variable view(Variable made) {
        return keeps ? views.put(made) : made;
    }

    /** A constant over the memory of a tensor. */
    Leaf constant(Tensor value) {
        Leaf next = given.peek();
        if (next != null && next.storage().values() == value) {
            return given.take();
        }
        Leaf made = new Leaf(new Storage(value, null), false);
        return keeps ? given.put(made) : made;
    }

    /** A constant of any values, in memory of the tape. */
    Leaf constant(ElementType type, BiFunction<ElementType, long[], Tensor> allocator, long... shape) {
        return leaf(constants, false, type, allocator, shape);
    }

    /** An input of any values that gets a gradient, in memory of the tape. */
    Leaf input(ElementType type, BiFunction<ElementType, long[], Tensor> allocator, long... shape) {
        return leaf(inputs, true, type, allocator, shape);
    }

    private Leaf leaf(
            Sequence<Leaf> leaves, boolean needsGradient, ElementType type,
            BiFunction<ElementType, long[], Tensor> allocator, long... shape) {
        Leaf next = leaves.peek();
        if (next != null && next.storage().values().type() == type && next.storage().values().hasShape(shape)) {
            return leaves.take();
        }
        Leaf made = new Leaf(new Storage(allocator.apply(type, shape), null), needsGradient);
        return keeps ? leaves.put(made) : made;
    }

    /** Zeros of the shape of a tensor. */
    Tensor scratch(Tensor like, BiFunction<ElementType, long[], Tensor> allocator) {
        Tensor next = scratch.peek();
        if (next != null && next.type() == like.type() && next.hasShapeOf(like)) {
            scratch.take().clear();
            return next;
        }
        Tensor made = allocator.apply(like.type(), like.shape());
        made.clear();
        return keeps ? scratch.put(made) : made;
    }

    StepMemory loop(SequenceLayout layout, boolean reverse, BiFunction<Long, Long, Tensor> allocator) {
        StepMemory next = loops.peek();
        if (next != null && next.isOf(layout, reverse)) {
            next.restart();
            return loops.take();
        }
        loops.truncate();
        calls.truncate();
        StepMemory made = new StepMemory(layout, reverse, allocator);
        return keeps ? loops.put(made) : made;
    }

    /** Remembers that something flowed back to a storage. */
    void flowedTo(Storage storage) {
        if (keeps) {
            withGradients.add(storage);
        }
    }
}
