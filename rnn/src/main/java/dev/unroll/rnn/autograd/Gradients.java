package dev.unroll.rnn.autograd;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Embedding;
import dev.unroll.kernels.Optimizers;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.UpdateRule;
import dev.unroll.kernels.UpdateStep;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters.Group;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The slab of all gradients, and the passes over it. Of a parameter that was added to in some rows only, the passes leave
 * out the others, with the same results to the last bit.
 */
final class Gradients {
    /** The columns of a parameter in the slabs, and what of its gradient may be other than zero. */
    record Part(Parameter parameter, long from, long size, TouchedRows touched) {
        Tensor of(Tensor slab) {
            return slab.columns(from, parameter.size()).reshape(parameter.shape());
        }

        private long rowSize() {
            return parameter.size() / touched.count();
        }
    }

    private final List<Part> parts;
    private final Tensor chunks;
    private final Tensor slab;
    private final Tensor ids;

    Gradients(Workspace workspace, ElementType type, List<Part> parts) {
        this.parts = parts;
        long size = parts.stream().mapToLong(Part::size).sum();
        long count = (size + Reductions.CHUNK - 1) / Reductions.CHUNK;
        long rows = parts.stream().mapToLong(part -> part.touched.count()).max().orElse(0);
        chunks = workspace.zeros(type, count, Reductions.CHUNK); // zeros behind the last parameter
        slab = chunks.reshape(count * Reductions.CHUNK).columns(0, size).reshape(size);
        ids = workspace.zeros(ElementType.I32, Math.max(count, rows));
    }

    Tensor slab() {
        return slab;
    }

    /** To be called before others get the slab. */
    void share() {
        parts.forEach(part -> part.touched.addAllForever());
    }

    double norm(WorkerPool pool) {
        return areAllTouched()
                ? Reductions.norm(slab, pool)
                : Reductions.normOfRows(ids(touchedChunks()), chunks, pool);
    }

    void clear() {
        if (areAllTouched()) {
            slab.clear();
        } else {
            parts.forEach(this::clear);
        }
        forget();
    }

    private void clear(Part part) {
        if (part.touched.areAll()) {
            slab.columns(part.from, part.size).clear();
        } else {
            Embedding.clearRows(ids(part.touched.toArray()), part.of(slab));
        }
    }

    /** Updates values of the layout of the slab, and makes the gradients zero. */
    void update(UpdateRule rule, UpdateStep step, Tensor values, Tensor state, WorkerPool pool) {
        List<Part> whole = new ArrayList<>();
        for (Part part : parts) {
            UpdateStep own = withFactor(step, part.parameter.learningRateMultiplier());
            if (part.touched.areAll() || !Optimizers.keepsValuesWithoutGradient(rule, own, slab.type())) {
                whole.add(part);
            } else {
                Tensor table = part.of(values);
                Tensor rows = ids(part.touched.toArray());
                Optimizers.updateRows(rule, own, rows, table, part.of(slab), table.rows(0, 0), pool);
            }
        }
        for (Group group : groups(whole)) {
            UpdateStep own = withFactor(step, group.learningRateMultiplier());
            Optimizers.update(rule, own, group.of(values), group.of(slab), group.of(state), pool);
        }
        forget();
    }

    private static UpdateStep withFactor(UpdateStep step, double factor) {
        return factor == 1
                ? step
                : new UpdateStep(step.number(), step.rate() * factor, step.scale(), step.limit(), step.decay());
    }

    /** As few groups as the rates allow; parts that are not adjacent are in different ones. */
    static List<Group> groups(List<Part> parts) {
        List<Group> groups = new ArrayList<>(1);
        long from = 0;
        long end = 0;
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            from = part.from == end ? from : part.from;
            end = part.from + part.size;
            double factor = part.parameter.learningRateMultiplier();
            Part next = i + 1 < parts.size() ? parts.get(i + 1) : null;
            if (next == null || next.from != end || next.parameter.learningRateMultiplier() != factor) {
                groups.add(new Group(factor, from, end - from));
                from = end;
            }
        }
        return groups;
    }

    private boolean areAllTouched() {
        for (int i = 0; i < parts.size(); i++) {
            if (!parts.get(i).touched.areAll()) {
                return false;
            }
        }
        return true;
    }

    private void forget() {
        parts.forEach(part -> part.touched.clear());
    }

    /** The chunks that the sum of squares of the slab adds up, without those that are known to be zero. */
    private int[] touchedChunks() {
        int[] touched = new int[Math.toIntExact(chunks.rows())];
        int count = 0;
        for (Part part : parts) {
            if (part.touched.areAll()) {
                count = addChunks(touched, count, part.from, part.size);
                continue;
            }
            for (int row : part.touched.toArray()) {
                count = addChunks(touched, count, part.from + row * part.rowSize(), part.rowSize());
            }
        }
        return Arrays.copyOf(touched, count);
    }

    /** Adds the chunks of a range of the slab that begins in the chunk added last, or behind it. */
    private static int addChunks(int[] touched, int count, long from, long size) {
        int next = count;
        long last = (from + size - 1) / Reductions.CHUNK;
        for (long chunk = from / Reductions.CHUNK; chunk <= last; chunk++) {
            if (next == 0 || touched[next - 1] < chunk) {
                touched[next++] = (int) chunk;
            }
        }
        return next;
    }

    /** Numbers in memory for kernels, until the next call. */
    private Tensor ids(int[] numbers) {
        return ids.columns(0, numbers.length).copyFrom(numbers);
    }
}
