package consumer;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.Kernels;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;

/** Multiplies matrices that are small enough to check in whole numbers, twice, and says which kernels did it. */
public final class Main {
    private static final int M = 37;
    private static final int N = 41;
    private static final int K = 29;

    private Main() {}

    public static void main(String[] args) {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            multiply(type);
        }
        System.out.println("kernels: " + Kernels.describe());
    }

    private static void multiply(ElementType type) {
        try (Workspace workspace = new Workspace("consumer")) {
            Tensor a = workspace.zeros(type, M, K);
            Tensor b = workspace.zeros(type, K, N);
            Tensor c = workspace.zeros(type, M, N);
            fill(a);
            fill(b);
            Gemm.nn(1, a, b, 0, c, WorkerPool.common());
            int wrong = 0;
            for (int i = 0; i < M; i++) {
                for (int j = 0; j < N; j++) {
                    wrong += c.get(i, j) == element(i, j) ? 0 : 1;
                }
            }
            System.out.println(type + ": " + wrong + " wrong elements");
        }
    }

    private static int value(long row, long column) {
        return (int) ((3 * row + 5 * column) % 11) - 5;
    }

    private static void fill(Tensor tensor) {
        for (long i = 0; i < tensor.rows(); i++) {
            for (long j = 0; j < tensor.columns(); j++) {
                tensor.set(i, j, value(i, j));
            }
        }
    }

    private static int element(int i, int j) {
        int sum = 0;
        for (int p = 0; p < K; p++) {
            sum += value(i, p) * value(p, j);
        }
        return sum;
    }
}
