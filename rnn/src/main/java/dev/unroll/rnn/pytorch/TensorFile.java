package dev.unroll.rnn.pytorch;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** Tensors of one type that are to be written to a file, and the numbers of tensors as doubles. */
final class TensorFile {
    private final ElementType type;
    private final SequencedMap<TensorInfo, MemorySegment> tensors = new LinkedHashMap<>();

    TensorFile(ElementType type) {
        this.type = type;
    }

    void put(String name, double[] numbers, long... shape) {
        Object array = type == ElementType.F64 ? numbers : narrowed(numbers);
        tensors.put(new TensorInfo(name, type, shape), array instanceof float[] floats
                ? MemorySegment.ofArray(floats)
                : MemorySegment.ofArray(numbers));
    }

    void write(Path file, Map<String, String> metadata) throws IOException {
        Safetensors.write(file, metadata, tensors);
    }

    /** The numbers of a tensor of a file, of any type that is read. */
    static double[] read(Safetensors file, TensorInfo info) throws IOException {
        int size = Math.toIntExact(info.byteSize() / info.type().bytes());
        return switch (info.type()) {
            case F64 -> {
                double[] numbers = new double[size];
                file.read(info.name(), MemorySegment.ofArray(numbers));
                yield numbers;
            }
            case F32 -> {
                float[] numbers = new float[size];
                file.read(info.name(), MemorySegment.ofArray(numbers));
                yield widened(numbers);
            }
            case I32 -> {
                int[] numbers = new int[size];
                file.read(info.name(), MemorySegment.ofArray(numbers));
                yield Arrays.stream(numbers).asDoubleStream().toArray();
            }
        };
    }

    /** The numbers of F32 or F64, row by row. */
    static double[] read(Tensor tensor) {
        return tensor.type() == ElementType.F64 ? tensor.toDoubles() : widened(tensor.toFloats());
    }

    /** Sets the numbers of F32 or F64, row by row. */
    static Tensor write(Tensor tensor, double... numbers) {
        return tensor.type() == ElementType.F64 ? tensor.copyFrom(numbers) : tensor.copyFrom(narrowed(numbers));
    }

    private static double[] widened(float... numbers) {
        double[] widened = new double[numbers.length];
        Arrays.setAll(widened, i -> numbers[i]);
        return widened;
    }

    private static float[] narrowed(double... numbers) {
        float[] narrowed = new float[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            narrowed[i] = (float) numbers[i];
        }
        return narrowed;
    }
}
