package dev.unroll.kernels.provider;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Elementwise;
import dev.unroll.kernels.Kernels;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import java.util.function.Supplier;

/** Prints which kernels are active and what they compute, one line each; run by {@link ProviderTest}. */
final class ProviderReport {
    private ProviderReport() {}

    public static void main(String[] arguments) {
        print(Kernels::describe);
        print(() -> "F32 " + sum(ElementType.F32));
        print(() -> "F64 " + sum(ElementType.F64));
    }

    private static void print(Supplier<String> line) {
        String text;
        try {
            text = line.get();
        } catch (IllegalStateException e) {
            text = e.getMessage();
        }
        System.out.println(text);
    }

    private static double sum(ElementType type) {
        try (Workspace workspace = new Workspace("a report")) {
            Tensor x = workspace.zeros(type, 1);
            x.set(0, 0, 1.5);
            Elementwise.add(x, x, x, WorkerPool.caller());
            return x.get(0, 0);
        }
    }
}
