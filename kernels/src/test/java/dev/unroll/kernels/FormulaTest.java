package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every face computes what its documentation says. */
@Tag("every-width")
class FormulaTest {
    private static final int TRIES = 12;

    private final Workspace workspace = new Workspace("test");

    @AfterEach
    void close() {
        workspace.close();
    }

    static Stream<Arguments> facesAndTypes() {
        return FaceTable.ALL.stream()
                .flatMap(
                        face -> Stream.of(ElementType.F32, ElementType.F64)
                                .map(type -> Arguments.of(face, type)));
    }

    /**
     * Numbers are at most some units in size, so an error is a few roundings of 1 (32 are allowed: the fused cells are
     * chains of about ten operations, and their polynomials are good to a few units in the last place), and one or two
     * more for each summand of a sum.
     */
    private static double tolerance(FaceArguments arguments, double expected) {
        double rounding = arguments.type == ElementType.F32 ? 0x1p-24 : 0x1p-53;
        int terms = arguments.face.terms().applyAsInt(arguments.sizes);
        return rounding * (32 + 2 * terms) * Math.max(1, Math.abs(expected));
    }

    private static void assertComputed(FaceArguments arguments, WorkerPool pool, String what) {
        double[][][] expected = arguments.values();
        double expectedResult = arguments.face.formula().run(expected);
        double result = arguments.call(pool);
        assertEquals(expectedResult, result, tolerance(arguments, expectedResult), what);
        double[][][] actual = arguments.values();
        for (int i = 0; i < expected.length; i++) {
            for (int r = 0; r < expected[i].length; r++) {
                for (int j = 0; j < expected[i][r].length; j++) {
                    double difference = Math.abs(expected[i][r][j] - actual[i][r][j]);
                    if (!(difference <= tolerance(arguments, expected[i][r][j]))) {
                        assertEquals(
                                expected[i][r][j], actual[i][r][j],
                                what + ": " + arguments.face.arguments().get(i).name() + "[" + r + ", " + j + "]");
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("facesAndTypes")
    void theResultIsThatOfTheFormulaAtEverySize(Face face, ElementType type) {
        Random random = new Random(7);
        for (int i = 0; i < TRIES; i++) {
            Face.Sizes sizes =
                    new Face.Sizes(1 + random.nextInt(67), 1 + random.nextInt(67), 1 + random.nextInt(67));
            FaceArguments arguments = FaceArguments.random(workspace, face, sizes, type, 0, random);
            assertComputed(arguments, WorkerPool.caller(), sizes.toString());
        }
    }

    @ParameterizedTest
    @MethodSource("facesAndTypes")
    void gapsBetweenRowsAreSkippedAndLeftAlone(Face face, ElementType type) {
        Random random = new Random(8);
        for (int i = 0; i < TRIES; i++) {
            Face.Sizes sizes =
                    new Face.Sizes(1 + random.nextInt(35), 1 + random.nextInt(35), 1 + random.nextInt(35));
            FaceArguments arguments = FaceArguments.random(workspace, face, sizes, type, 1 + i % 5, random);
            double[][][] before = arguments.values();
            arguments.poison();
            int untouched = arguments.touched();
            double[][][] expected = before.clone();
            double expectedResult = face.formula().run(expected);
            double result = arguments.call(WorkerPool.caller());
            assertEquals(expectedResult, result, tolerance(arguments, expectedResult), sizes.toString());
            assertEquals(untouched, arguments.touched(), sizes + ": elements in gaps were written");
            double[][][] actual = arguments.values();
            for (int a = 0; a < actual.length; a++) {
                for (int r = 0; r < actual[a].length; r++) {
                    assertArrayEquals(
                            expected[a][r], actual[a][r], tolerance(arguments, 8),
                            sizes + ": row " + r + " of " + face.arguments().get(a).name());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("facesAndTypes")
    void noRowsAndNoColumnsAreNoError(Face face, ElementType type) {
        for (Face.Sizes sizes : new Face.Sizes[] {new Face.Sizes(0, 5, 3), new Face.Sizes(0, 0, 0)}) {
            for (int gap : new int[] {0, 2}) {
                FaceArguments arguments = FaceArguments.random(workspace, face, sizes, type, gap, new Random(1));
                assertComputed(arguments, WorkerPool.caller(), sizes.toString());
            }
        }
        boolean hasIds = face.arguments().stream().anyMatch(a -> a.role() == Face.Role.IDS);
        if (!hasIds) { // an id of no columns or no rows cannot be
            FaceArguments arguments =
                    FaceArguments.random(workspace, face, new Face.Sizes(4, 0, 3), type, 0, new Random(1));
            assertComputed(arguments, WorkerPool.caller(), "no columns");
            arguments = FaceArguments.random(workspace, face, new Face.Sizes(4, 5, 0), type, 1, new Random(1));
            assertComputed(arguments, WorkerPool.caller(), "no depth");
        }
    }

    @ParameterizedTest
    @MethodSource("facesAndTypes")
    void manySizesBeforeTheLastCountAsRows(Face face, ElementType type) {
        Face.Sizes sizes = new Face.Sizes(12, 7, 12);
        FaceArguments arguments = FaceArguments.random(workspace, face, sizes, type, 0, new Random(3));
        for (int i = 0; i < arguments.tensors.length; i++) {
            Tensor tensor = arguments.tensors[i];
            if (tensor.rows() == 12) {
                arguments.tensors[i] = tensor.reshape(3, 4, tensor.columns());
            }
            assertTrue(tensor.rows() > 0);
        }
        assertComputed(arguments, WorkerPool.caller(), "three sizes");
    }
}
