package dev.unroll.kernels;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/**
 * Prints for every call on tensors a checksum of what it computes, first thing and after many calls; run by
 * {@link SameBitsTest}.
 */
final class BitsReport {
    /** Ends of rows at every width of vectors, and depths that are no multiple of anything. */
    private static final Face.Sizes SIZES = new Face.Sizes(3, 45, 37);

    private BitsReport() {}

    /**
     * Prints the report.
     *
     * @param arguments how many calls lie between the first and the last
     */
    public static void main(String[] arguments) {
        for (Face face : Face.all()) {
            for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
                report(face, type, Integer.parseInt(arguments[0]));
            }
        }
    }

    private static void report(Face face, ElementType type, int calls) {
        Samples samples = new Samples(type, 1, 5); // its memory ends with this virtual machine
        Tensor[] operands = face.operands(samples, SIZES);
        byte[][] before = new byte[operands.length][];
        for (int i = 0; i < operands.length; i++) {
            before[i] = new byte[Math.toIntExact(operands[i].size() * operands[i].type().bytes())];
            operands[i].copyTo(MemorySegment.ofArray(before[i]));
        }
        String first = checksum(operands, face.call().on(operands, WorkerPool.caller()));
        for (int call = 0; call < calls; call++) {
            face.call().on(operands, WorkerPool.caller());
        }
        for (int i = 0; i < operands.length; i++) {
            operands[i].copyFrom(MemorySegment.ofArray(before[i]));
        }
        String last = checksum(operands, face.call().on(operands, WorkerPool.caller()));
        System.out.println(face + " " + type + " " + first + (last.equals(first) ? "" : " and later " + last));
    }

    private static String checksum(Tensor[] tensors, double result) {
        CRC32C checksum = new CRC32C();
        for (Tensor tensor : tensors) {
            byte[] bytes = new byte[Math.toIntExact(tensor.size() * tensor.type().bytes())];
            tensor.copyTo(MemorySegment.ofArray(bytes));
            checksum.update(bytes);
        }
        return Long.toHexString(checksum.getValue()) + " " + Double.toHexString(result);
    }
}
