package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No public call on tensors is missing in the table that all of them are tested from. */
class FaceListTest {
    /** Calls that are no row of the table, by the test that has what the table would. */
    private static final Map<String, Class<?>> ELSEWHERE = Map.of(
            "Gemm.packed/2", GemmTest.class, // an operand is packed
            "Gemm.tn/1", GemmSumTest.class, // operands are lists
            "Epilogue.bias/1", GemmEpilogueTest.class, // computes nothing yet
            "RowStream.open/0", RowStreamTest.class,
            "Softmax.countedRows/1", SoftmaxTest.class, // without a pool, as all below
            "Softmax.totalWeight/2", SoftmaxTest.class,
            "Reductions.isFinite/1", ReductionsTest.class,
            "Reductions.firstNotFinite/1", ReductionsTest.class,
            "Embedding.clearRows/2", EmbeddingTest.class);

    private static List<Class<?>> publicClasses() throws IOException {
        Path classes = Path.of(Tensor.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        try (Stream<Path> files = Files.list(classes.resolve("dev/unroll/kernels"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".class") && !name.equals("package-info.class"))
                    .<Class<?>>map(name -> load(name.replace(".class", "")))
                    .filter(type -> Modifier.isPublic(type.getModifiers()))
                    .toList();
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName("dev.unroll.kernels." + name);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The class, the method and how many tensors it takes: all that takes a tensor, a list of them or a pool. */
    private static Stream<String> calls(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) && Modifier.isStatic(method.getModifiers()))
                .filter(FaceListTest::isCall)
                .map(method -> type.getSimpleName() + "." + method.getName() + "/" + count(method, Tensor.class));
    }

    private static boolean isCall(Method method) {
        return count(method, Tensor.class) + count(method, List.class) + count(method, WorkerPool.class) > 0;
    }

    private static long count(Method method, Class<?> parameter) {
        return Arrays.stream(method.getParameterTypes()).filter(parameter::equals).count();
    }

    @Test
    void everyPublicCallOnTensorsIsInTheTable() throws IOException {
        Set<String> expected = publicClasses().stream().flatMap(FaceListTest::calls)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> tested = Face.all().stream().map(face -> face.name() + "/" + face.operands().size())
                .collect(Collectors.toCollection(TreeSet::new));
        ELSEWHERE.keySet().forEach(call -> assertTrue(tested.add(call), call + " is in the table"));
        assertEquals(Set.of(), without(expected, tested), "calls without a row in Face.all()");
        assertEquals(Set.of(), without(tested, expected), "rows without a call");
    }

    private static Set<String> without(Set<String> all, Set<String> some) {
        Set<String> rest = new TreeSet<>(all);
        rest.removeAll(some);
        return rest;
    }
}
