package dev.unroll.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/** Tensors for one call of a face, with numbers from -1 to 1, and the memory around them. */
final class FaceArguments {
    final Face face;
    final Face.Sizes sizes;
    final ElementType type;
    final Tensor[] tensors;

    /** What the tensors are views of: with gaps, wider by them. */
    private final Tensor[] memory;

    private FaceArguments(Face face, Face.Sizes sizes, ElementType type) {
        this.face = face;
        this.sizes = sizes;
        this.type = type;
        this.tensors = new Tensor[face.arguments().size()];
        this.memory = new Tensor[tensors.length];
    }

    /**
     * Random tensors.
     *
     * @param gap elements between rows, on both sides of them
     */
    static FaceArguments random(
            Workspace workspace, Face face, Face.Sizes sizes, ElementType type, int gap, Random random) {
        FaceArguments arguments = new FaceArguments(face, sizes, type);
        for (int i = 0; i < arguments.tensors.length; i++) {
            Face.Argument argument = face.arguments().get(i);
            long columns = sizes.of(argument.columns());
            long around = argument.dense() ? 0 : gap;
            Tensor whole = workspace.allocate(
                    argument.role() == Face.Role.IDS ? ElementType.I32 : type, sizes.of(argument.rows()),
                    columns + 2 * around);
            arguments.memory[i] = whole;
            arguments.tensors[i] = whole.columns(around, columns);
            int limit = argument.limit() == null ? 0 : sizes.of(argument.limit());
            fill(whole, limit, random);
        }
        return arguments;
    }

    private static void fill(Tensor tensor, int limit, Random random) {
        double[] elements = new double[(int) tensor.size()];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = tensor.type() == ElementType.I32 ? random.nextInt(limit) : random.nextDouble() * 2 - 1;
        }
        copy(elements, tensor);
    }

    double call(WorkerPool pool) {
        return face.call().run(tensors, pool);
    }

    static double[][] matrix(Tensor tensor) {
        double[] elements = switch (tensor.type()) {
            case F32 -> {
                float[] floats = tensor.toFloats();
                yield IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
            }
            case F64 -> tensor.toDoubles();
            case I32 -> Arrays.stream(tensor.toInts()).asDoubleStream().toArray();
        };
        double[][] matrix = new double[(int) tensor.rows()][];
        int columns = (int) tensor.columns();
        for (int r = 0; r < matrix.length; r++) {
            matrix[r] = Arrays.copyOfRange(elements, r * columns, (r + 1) * columns);
        }
        return matrix;
    }

    private static void copy(double[] elements, Tensor tensor) {
        switch (tensor.type()) {
            case F32 -> {
                float[] floats = new float[elements.length];
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = (float) elements[i];
                }
                tensor.copyFrom(floats);
            }
            case F64 -> tensor.copyFrom(elements);
            case I32 -> tensor.copyFrom(Arrays.stream(elements).mapToInt(id -> (int) id).toArray());
        }
    }

    /** All elements, {@code [argument][row][column]}. */
    double[][][] values() {
        double[][][] values = new double[tensors.length][][];
        for (int i = 0; i < tensors.length; i++) {
            values[i] = matrix(tensors[i]);
        }
        return values;
    }

    /** Every byte, also of the gaps. */
    byte[][] bytes() {
        byte[][] bytes = new byte[memory.length][];
        for (int i = 0; i < memory.length; i++) {
            bytes[i] = new byte[(int) (memory[i].size() * memory[i].type().bytes())];
            memory[i].copyTo(MemorySegment.ofArray(bytes[i]));
        }
        return bytes;
    }

    /** Puts back what {@link #bytes} gave. */
    void restore(byte[][] bytes) {
        for (int i = 0; i < memory.length; i++) {
            memory[i].copyFrom(MemorySegment.ofArray(bytes[i]));
        }
    }

    /** Sets what the call must not touch, and outputs that it must not read, to NaN. */
    void poison() {
        for (int i = 0; i < memory.length; i++) {
            if (memory[i].type() == ElementType.I32) {
                continue;
            }
            double[] kept = Arrays.stream(matrix(tensors[i])).flatMapToDouble(Arrays::stream).toArray();
            double[] poison = new double[(int) memory[i].size()];
            Arrays.fill(poison, Double.NaN);
            copy(poison, memory[i]);
            if (face.arguments().get(i).role() != Face.Role.OUT) {
                copy(kept, tensors[i]);
            }
        }
    }

    /** How many elements around the tensors are no longer NaN. */
    int touched() {
        int touched = 0;
        for (int i = 0; i < memory.length; i++) {
            long gap = (memory[i].columns() - tensors[i].columns()) / 2;
            for (double[] row : matrix(memory[i])) {
                for (int j = 0; j < row.length; j++) {
                    boolean around = j < gap || j >= row.length - gap;
                    touched += around && !Double.isNaN(row[j]) ? 1 : 0;
                }
            }
        }
        return touched;
    }
}
