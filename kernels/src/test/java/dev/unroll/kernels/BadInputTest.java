package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every tensor of every face: what is wrong with it is said in one line, and nothing is written. */
class BadInputTest {
    private static final Face.Sizes SIZES = new Face.Sizes(3, 5, 7);

    private final Workspace workspace = new Workspace("test");
    private final Workspace.Mark start = workspace.mark();

    @AfterEach
    void close() {
        workspace.reset(start); // refused if a call that was refused still held the workspace
        workspace.close();
    }

    private static Stream<Arguments> tensors(Predicate<Face.Argument> which) {
        return FaceTable.ALL.stream()
                .flatMap(
                        face -> IntStream.range(0, face.arguments().size())
                                .filter(i -> which.test(face.arguments().get(i)))
                                .mapToObj(i -> Arguments.of(face, i, face.arguments().get(i).name())));
    }

    static Stream<Arguments> tensors() {
        return tensors(_ -> true);
    }

    static Stream<Arguments> tensorsThatMustFitAnother() {
        return tensors().filter(arguments -> ((Face) arguments.get()[0]).arguments().size() > 1);
    }

    static Stream<Arguments> inputs() {
        return tensors(argument -> !argument.isWritten());
    }

    static Stream<Arguments> outputs() {
        return tensors(Face.Argument::isWritten);
    }

    static Stream<Arguments> tensorsWithoutGaps() {
        return tensors(Face.Argument::dense);
    }

    static Stream<Arguments> ids() {
        return tensors(argument -> argument.role() == Face.Role.IDS);
    }

    static Stream<Face> faces() {
        return FaceTable.ALL.stream();
    }

    private FaceArguments good(Face face) {
        return FaceArguments.random(workspace, face, SIZES, ElementType.F32, 0, new Random(2));
    }

    /** Calls with one tensor exchanged, asserts that it is refused and that no tensor has changed; gives the message. */
    private static String refusal(
            Class<? extends RuntimeException> kind, FaceArguments arguments, int index, Tensor bad, WorkerPool pool) {
        byte[][] before = arguments.bytes();
        Tensor good = arguments.tensors[index];
        arguments.tensors[index] = bad;
        String message = assertThrows(kind, () -> arguments.call(pool)).getMessage();
        arguments.tensors[index] = good;
        byte[][] after = arguments.bytes();
        for (int i = 0; i < before.length; i++) {
            assertArrayEquals(before[i], after[i], "a refused call wrote to argument " + i);
        }
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    private static String illegalArgument(FaceArguments arguments, int index, Tensor bad) {
        String message = refusal(IllegalArgumentException.class, arguments, index, bad, WorkerPool.caller());
        assertTrue(message.startsWith(arguments.face.name() + ": "), message);
        return message;
    }

    private static String illegalState(FaceArguments arguments, int index, Tensor bad) {
        return refusal(IllegalStateException.class, arguments, index, bad, WorkerPool.caller());
    }

    private static void assertContains(String message, String... parts) {
        for (String part : parts) {
            assertTrue(message.contains(part), () -> "no \"" + part + "\" in: " + message);
        }
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("tensors")
    void nullIsRefused(Face face, int index, String name) {
        assertEquals(face + ": " + name + " is null", illegalArgument(good(face), index, null));
    }

    @ParameterizedTest
    @MethodSource("faces")
    void noPoolIsRefused(Face face) {
        FaceArguments arguments = good(face);
        String message = refusal(IllegalArgumentException.class, arguments, 0, arguments.tensors[0], null);
        assertContains(message, face.name(), "null");
    }

    @ParameterizedTest
    @MethodSource("faces")
    void aClosedPoolIsRefused(Face face) {
        WorkerPool closed = new WorkerPool(2);
        closed.close();
        FaceArguments arguments = good(face);
        String message = refusal(IllegalStateException.class, arguments, 0, arguments.tensors[0], closed);
        assertContains(message, "pool is closed");
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("tensors")
    void integersForFloatsAndFloatsForIntegersAreRefused(Face face, int index, String name) {
        FaceArguments arguments = good(face);
        Tensor good = arguments.tensors[index];
        ElementType type = good.type() == ElementType.I32 ? ElementType.F32 : ElementType.I32;
        assertContains(illegalArgument(arguments, index, workspace.zeros(type, good.shape())), type + "[");
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("tensorsThatMustFitAnother")
    void twoFloatingTypesInOneCallAreRefused(Face face, int index, String name) {
        FaceArguments arguments = good(face);
        Tensor bad = workspace.zeros(ElementType.F64, arguments.tensors[index].shape());
        assertContains(illegalArgument(arguments, index, bad), "F64[");
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("tensorsThatMustFitAnother")
    void anotherShapeIsRefusedWithBothShapes(Face face, int index, String name) {
        FaceArguments arguments = good(face);
        Tensor good = arguments.tensors[index];
        for (int change : new int[] {-1, 1}) {
            if (!face.arguments().get(index).anyRows()) {
                assertShapeRefused(arguments, index, good.rows() + change, good.columns());
            }
            assertShapeRefused(arguments, index, good.rows(), good.columns() + change);
        }
    }

    private void assertShapeRefused(FaceArguments arguments, int index, long rows, long columns) {
        Tensor bad = workspace.zeros(arguments.tensors[index].type(), rows, columns);
        String message = illegalArgument(arguments, index, bad);
        assertContains(message, Shape.text(rows, columns));
        boolean other = false;
        for (int i = 0; i < arguments.tensors.length; i++) {
            other |= i != index && message.contains(Shape.text(arguments.tensors[i].shape()));
        }
        assertTrue(other, "no other tensor's shape in: " + message);
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("tensors")
    void aReleasedTensorIsRefused(Face face, int index, String name) {
        FaceArguments arguments = good(face);
        Workspace.Mark mark = workspace.mark();
        Tensor released = workspace.zeros(arguments.tensors[index].type(), arguments.tensors[index].shape());
        workspace.reset(mark);
        assertContains(
                illegalState(arguments, index, released), face.name(), released.toString(), "was released by reset",
                "workspace test");
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("tensors")
    void aTensorOfAClosedWorkspaceIsRefused(Face face, int index, String name) {
        FaceArguments arguments = good(face);
        Workspace closed = new Workspace("gone");
        Tensor lost = closed.zeros(arguments.tensors[index].type(), arguments.tensors[index].shape());
        closed.close();
        assertContains(illegalState(arguments, index, lost), "workspace gone is closed");
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("tensors")
    void wrappedMemoryThatItsOwnerClosedIsRefused(Face face, int index, String name) {
        FaceArguments arguments = good(face);
        Tensor good = arguments.tensors[index];
        Tensor lost;
        try (Arena arena = Arena.ofShared()) {
            lost = Tensor.wrap(arena.allocate(good.size() * good.type().bytes(), 64), good.type(), good.shape());
        }
        assertContains(illegalState(arguments, index, lost), face.name(), "closed by its owner");
    }

    /** The same numbers in memory that cannot be written. */
    private static Tensor readOnly(Tensor tensor) {
        MemorySegment memory = Arena.ofAuto().allocate(tensor.size() * tensor.type().bytes(), 64);
        tensor.copyTo(memory);
        return Tensor.wrap(memory.asReadOnly(), tensor.type(), tensor.shape());
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("outputs")
    void readOnlyMemoryIsRefusedForOutputs(Face face, int index, String name) {
        FaceArguments arguments = good(face);
        Tensor bad = readOnly(arguments.tensors[index]);
        assertContains(illegalArgument(arguments, index, bad), bad.toString(), "read-only");
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("inputs")
    void readOnlyMemoryIsGoodForInputs(Face face, int index, String name) {
        FaceArguments arguments = good(face);
        byte[][] before = arguments.bytes();
        double result = arguments.call(WorkerPool.caller());
        byte[][] after = arguments.bytes();
        arguments.restore(before);
        arguments.tensors[index] = readOnly(arguments.tensors[index]);
        assertEquals(result, arguments.call(WorkerPool.caller()));
        byte[][] again = arguments.bytes();
        for (int i = 0; i < after.length; i++) {
            assertArrayEquals(after[i], again[i]);
        }
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("tensorsWithoutGaps")
    void gapsAreRefusedWhereTheyCannotBe(Face face, int index, String name) {
        FaceArguments arguments = good(face);
        Tensor good = arguments.tensors[index];
        Tensor wide = workspace.zeros(good.type(), good.size(), 4);
        assertContains(illegalArgument(arguments, index, wide.columns(1, 1)), "row stride 4", "gaps");
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("ids")
    void anIdOutOfRangeIsRefusedWithItsValueItsPositionAndTheRange(Face face, int index, String name) {
        FaceArguments arguments = good(face);
        int limit = SIZES.of(face.arguments().get(index).limit());
        for (int id : new int[] {-1, limit, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            for (int position = 0; position < SIZES.m(); position++) {
                Tensor ids = workspace.zeros(ElementType.I32, 1, SIZES.m());
                ids.set(0, position, id);
                assertEquals(
                        face + ": " + name + "[" + position + "] is " + id + "; expected at least 0 and less than "
                                + limit,
                        illegalArgument(arguments, index, ids));
            }
        }
    }

    @Test
    void noActivationIsRefused() {
        Tensor x = workspace.zeros(ElementType.F32, 2, 2);
        WorkerPool pool = WorkerPool.caller();
        for (Runnable call : new Runnable[] {
            () -> Activations.forward(null, x, x, pool), () -> Activations.backward(null, x, x, x, pool),
            () -> RnnCell.forward(null, x, x, pool), () -> RnnCell.backward(null, x, x, x, pool)
        }) {
            String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
            assertContains(message, ": ", "null");
        }
    }
}
