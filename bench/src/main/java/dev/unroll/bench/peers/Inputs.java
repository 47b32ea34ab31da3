package dev.unroll.bench.peers;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.init.Randoms;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;

/**
 * What every contestant of one work reads, and where it allocates what it writes: native memory, which all of them can
 * use as it is.
 */
final class Inputs implements AutoCloseable {
    private static final long SEED = 1;

    private final Arena arena = Arena.ofShared();
    private final Workspace workspace = new Workspace("peers");
    private final Memory a;
    private final Memory b;

    /**
     * Native memory, and the tensor over it.
     *
     * @param segment the memory
     * @param tensor all of it
     */
    record Memory(MemorySegment segment, Tensor tensor) {}

    /** Numbers for a work, the same every time. */
    Inputs(Work work) {
        ElementType type = work.type();
        RandomGenerator random = Randoms.of(SEED);
        switch (work) {
            case Work.Product product -> {
                a = random(random, -1, 1, type, product.m(), product.k());
                b = random(random, -1, 1, type, product.k(), product.n());
            }
            case Work.Nonlinearity f -> {
                a = random(random, f.name().equals("log") ? 1e-3 : -4, 4, type, f.size());
                b = null;
            }
            case Work.LstmPass pass -> {
                a = random(random, -4, 4, type, pass.batch(), 4L * pass.hidden());
                b = random(random, -2, 2, type, pass.batch(), pass.hidden());
            }
            case Work.Network network -> {
                long rows = (long) network.batch() * network.steps();
                int columns = network.readsFrames() ? network.inputs() : 1;
                a = random(random, 0, 1, type, rows, columns);
                b = random(random, 0, 1, type, rows, columns);
            }
        }
    }

    /** The left operand of a product, or the elements, or the gates, or what a network reads, from 0 to 1. */
    Memory a() {
        return a;
    }

    /** The right operand of a product, or the state, or what a network predicts, from 0 to 1. */
    Memory b() {
        return b;
    }

    /** For tensors that need a workspace. */
    Workspace workspace() {
        return workspace;
    }

    /** Zeros. */
    Memory allocate(ElementType type, long... shape) {
        MemorySegment segment = allocate(Math.multiplyExact(count(shape), type.bytes()));
        return new Memory(segment, Tensor.wrap(segment, type, shape));
    }

    /** Numbers of a contestant's own, as long as the inputs are there. */
    Tensor tensor(float... values) {
        return allocate(ElementType.F32, values.length).tensor().copyFrom(values);
    }

    /** Allocates zeroed bytes at an address that is a multiple of 64. */
    MemorySegment allocate(long bytes) {
        return arena.allocate(bytes, Workspace.ALIGNMENT);
    }

    private static long count(long... shape) {
        long count = 1;
        for (long size : shape) {
            count *= size;
        }
        return count;
    }

    private Memory random(RandomGenerator random, double low, double high, ElementType type, long... shape) {
        Memory memory = allocate(type, shape);
        if (type == ElementType.F32) {
            float[] values = new float[Math.toIntExact(count(shape))];
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextFloat((float) low, (float) high);
            }
            memory.tensor.copyFrom(values);
        } else {
            memory.tensor.copyFrom(random.doubles(count(shape), low, high).toArray());
        }
        return memory;
    }

    @Override
    public void close() {
        workspace.close();
        arena.close();
    }
}
