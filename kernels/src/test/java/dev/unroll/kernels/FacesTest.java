package dev.unroll.kernels;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.Face.Operand;
import dev.unroll.kernels.Face.Sizes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every public call on tensors. */
@Tag("every-width")
class FacesTest {
    private static final WorkerPool CALLER = WorkerPool.caller();
    private static final Sizes SMALL = new Sizes(3, 7, 5);

    /** The large sizes take their time while they are interpreted: the profile full tries more of them. */
    private static final boolean FULL = Boolean.getBoolean("unroll.full");

    static List<Face> faces() {
        return Face.all();
    }

    private static byte[] bytes(Tensor tensor) {
        byte[] bytes = new byte[Math.toIntExact(tensor.size() * tensor.type().bytes())];
        tensor.copyTo(MemorySegment.ofArray(bytes));
        return bytes;
    }

    /** The call fails with one line that begins with its name, and writes nothing. */
    private static String refusal(Face face, Class<? extends RuntimeException> type, Tensor[] readable,
            Tensor... given) {
        byte[][] before = new byte[readable.length][];
        for (int i = 0; i < readable.length; i++) {
            before[i] = bytes(readable[i]);
        }
        String message = assertThrows(type, () -> face.call().on(given, CALLER), face.name()).getMessage();
        for (int i = 0; i < readable.length; i++) {
            assertArrayEquals(before[i], bytes(readable[i]), face.operands().get(i).name() + " was written");
        }
        assertTrue(message.startsWith(face.name() + ": ") || message.startsWith("workspace "), message);
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    private static void assertContains(String message, String... parts) {
        for (String part : parts) {
            assertTrue(message.contains(part), () -> "no \"" + part + "\" in: " + message);
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void bitsDoNotDependOnTheNumberOfThreads(Face face) {
        assertBitsDoNotDependOnThreads(face, ElementType.F32, 3);
        if (FULL) {
            assertBitsDoNotDependOnThreads(face, ElementType.F32, 0);
            assertBitsDoNotDependOnThreads(face, ElementType.F64, 3);
        }
    }

    private static void assertBitsDoNotDependOnThreads(Face face, ElementType type, int gap) {
        try (Samples samples = new Samples(type, gap, 1)) {
            assertBitsDoNotDependOnThreads(face, samples, face.operands(samples, face.large()));
        }
    }

    private static void assertBitsDoNotDependOnThreads(Face face, Samples samples, Tensor[] operands) {
        double expectedResult = 0;
        byte[][] expected = new byte[operands.length][];
        for (int threads = 1; threads <= 3; threads += FULL ? 1 : 2) {
            Tensor[] given = operands.clone();
            for (int i = 0; i < given.length; i++) {
                if (face.operands().get(i).isOutput()) {
                    boolean loss = given[i].columns() == 1;
                    given[i] = loss
                            ? samples.workspace().zeros(samples.type(), given[i].shape())
                            : samples.copyOf(given[i]);
                }
            }
            double result;
            try (WorkerPool pool = new WorkerPool(threads)) {
                result = face.call().on(given, pool);
            }
            for (int i = 0; i < given.length; i++) {
                if (threads == 1) {
                    expected[i] = bytes(given[i]);
                } else {
                    assertArrayEquals(expected[i], bytes(given[i]), face.operands().get(i).name());
                }
            }
            if (threads == 1) {
                expectedResult = result;
            }
            assertEquals(Double.doubleToLongBits(expectedResult), Double.doubleToLongBits(result));
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void sizesOfZeroAreNoWork(Face face) {
        Sizes[] empty = {new Sizes(0, 7, 5), new Sizes(3, 7, 0), new Sizes(0, 0, 0)};
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            for (Sizes sizes : empty) {
                try (Samples samples = new Samples(type, 2, 1); WorkerPool pool = new WorkerPool(2)) {
                    face.call().on(face.operands(samples, sizes), pool);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void nullIsRefused(Face face) {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            for (int i = 0; i < operands.length; i++) {
                Tensor[] given = operands.clone();
                given[i] = null;
                String message = refusal(face, IllegalArgumentException.class, operands, given);
                assertContains(message, face.operands().get(i).name() + " is null");
            }
            String message = assertThrows(IllegalArgumentException.class, () -> face.call().on(operands, null))
                    .getMessage();
            assertEquals(face.name() + ": pool is null", message);
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void anotherTypeIsRefused(Face face) {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            for (int i = 0; i < operands.length; i++) {
                for (ElementType type : ElementType.values()) {
                    boolean alone = isAlone(face, i) && type.isFloating();
                    if (type != operands[i].type() && !alone) {
                        Tensor[] given = operands.clone();
                        given[i] = samples.workspace().zeros(type, operands[i].shape());
                        String message = refusal(face, IllegalArgumentException.class, operands, given);
                        assertContains(message, given[i].toString());
                    }
                }
            }
        }
    }

    /** Whether no other operand says which of the floating types it must have. */
    private static boolean isAlone(Face face, int index) {
        return face.operands().stream().filter(operand -> !operand.isIds()).toList()
                .equals(List.of(face.operands().get(index)));
    }

    @ParameterizedTest
    @MethodSource("faces")
    void aShapeThatDoesNotFitIsNamedBesideTheOneThatItShouldFit(Face face) {
        if (face.operands().size() == 1) {
            return; // any shape fits
        }
        try (Samples samples = new Samples(ElementType.F32, 1, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            for (int i = 0; i < operands.length; i++) {
                Operand operand = face.operands().get(i);
                if (operand.isIds() && face.isFree(operand, operand.columns())) {
                    continue; // as many as one likes
                }
                for (int more = 0; more < 2; more++) {
                    if (!face.isFree(operand, more == 0 ? operand.rows() : operand.columns())) {
                        Tensor[] given = operands.clone();
                        given[i] = samples.workspace()
                                .zeros(
                                        operands[i].type(), operands[i].rows() + 1 - more,
                                        operands[i].columns() + more);
                        String message = refusal(face, IllegalArgumentException.class, operands, given);
                        assertContains(message, given[i].toString(), " does not fit ", "; expected ");
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void readOnlyOutputsAreRefused(Face face) {
        try (Arena arena = Arena.ofShared(); Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            for (int i = 0; i < operands.length; i++) {
                Tensor[] given = operands.clone();
                MemorySegment memory = arena.allocate(operands[i].size() * operands[i].type().bytes(), 64);
                Tensor writable = Tensor.wrap(memory, operands[i].type(), operands[i].shape());
                writable.copyFrom(operands[i]);
                given[i] = Tensor.wrap(memory.asReadOnly(), operands[i].type(), operands[i].shape());
                if (face.operands().get(i).isOutput()) {
                    String message = refusal(face, IllegalArgumentException.class, operands, given);
                    assertContains(message, face.operands().get(i).name() + " ", "read-only memory");
                } else {
                    face.call().on(given, CALLER);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void tensorsOfAClosedWorkspaceAreRefused(Face face) {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            for (int i = 0; i < operands.length; i++) {
                Tensor[] given = operands.clone();
                try (Workspace other = new Workspace("gone")) {
                    given[i] = other.zeros(operands[i].type(), operands[i].shape());
                }
                String message = refusal(face, IllegalStateException.class, operands, given);
                assertEquals("workspace gone is closed; allocate from one that is open", message);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void tensorsReleasedByResetAreRefused(Face face) {
        try (Samples samples = new Samples(ElementType.F32, 0, 1); Workspace other = new Workspace("steps")) {
            Tensor[] operands = face.operands(samples, SMALL);
            Workspace.Mark mark = other.mark();
            for (int i = 0; i < operands.length; i++) {
                Tensor[] given = operands.clone();
                given[i] = other.zeros(operands[i].type(), operands[i].shape());
                other.reset(mark);
                Tensor reused = other.zeros(operands[i].type(), operands[i].shape());
                String message = refusal(face, IllegalStateException.class, operands, given);
                assertContains(message, given[i].toString(), "released by reset of workspace steps");
                assertArrayEquals(new byte[bytes(reused).length], bytes(reused), "the memory's next owner");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void idsOutOfRangeAreNamedWithTheirPosition(Face face) {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            for (int i = 0; i < operands.length; i++) {
                Operand operand = face.operands().get(i);
                for (int id : new int[] {-1, SMALL.v(), Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                    if (operand.isIds() && !operand.isMask() && !operand.isOutput()) {
                        Tensor[] given = operands.clone();
                        given[i] = samples.ids(SMALL.b(), SMALL.v());
                        given[i].set(0, 2, id);
                        String message = refusal(face, IllegalArgumentException.class, operands, given);
                        String expected = ": " + operand.name() + "[2] is " + id
                                + "; expected at least 0 and less than " + SMALL.v();
                        assertTrue(message.startsWith(face.name() + expected), message);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void confinedMemoryIsComputedOnByItsThreadAlone(Face face) {
        try (Arena arena = Arena.ofConfined();
                Samples samples = new Samples(ElementType.F32, 0, 1);
                WorkerPool pool = new WorkerPool(3)) {
            Tensor[] operands = face.operands(samples, face.large());
            Tensor[] given = new Tensor[operands.length];
            for (int i = 0; i < given.length; i++) {
                MemorySegment memory = arena.allocate(operands[i].size() * operands[i].type().bytes(), 64);
                given[i] = Tensor.wrap(memory, operands[i].type(), operands[i].shape()).copyFrom(operands[i]);
            }
            double expected = face.call().on(operands, CALLER);
            assertEquals(expected, face.call().on(given, pool));
            for (int i = 0; i < given.length; i++) {
                assertArrayEquals(bytes(operands[i]), bytes(given[i]), face.operands().get(i).name());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void aClosedPoolIsRefusedAlsoForSmallWork(Face face) {
        WorkerPool closed = new WorkerPool(2);
        closed.close();
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            String message = assertThrows(IllegalStateException.class, () -> face.call().on(operands, closed))
                    .getMessage();
            assertContains(message, "pool is closed");
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void wrappedMemoryThatItsOwnerClosedIsRefused(Face face) {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            for (int i = 0; i < operands.length; i++) {
                Tensor[] given = operands.clone();
                try (Arena arena = Arena.ofShared()) {
                    MemorySegment memory = arena.allocate(operands[i].size() * operands[i].type().bytes(), 64);
                    given[i] = Tensor.wrap(memory, operands[i].type(), operands[i].shape());
                }
                String message = refusal(face, IllegalStateException.class, operands, given);
                assertContains(message, given[i].toString(), "closed by its owner");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void aRefusedCallLeavesTheWorkspaceFree(Face face) {
        Workspace gone = new Workspace("gone");
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            Tensor[] lost = new Tensor[operands.length];
            for (int i = 0; i < operands.length; i++) {
                lost[i] = gone.zeros(operands[i].type(), operands[i].shape());
            }
            gone.close();
            for (int i = 0; i < operands.length; i++) {
                Tensor[] given = operands.clone();
                given[i] = lost[i];
                refusal(face, IllegalStateException.class, operands, given);
                Workspace.Mark mark = samples.workspace().mark();
                samples.workspace().reset(mark); // refused if the call were still inside
            }
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void gapsAreRefusedWhereTheKernelsKnowNone(Face face) {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            for (int i = 0; i < operands.length; i++) {
                Operand operand = face.operands().get(i);
                if (operand.isIds() || operand.columns().equals("1")) {
                    Tensor[] given = operands.clone();
                    given[i] = samples.workspace().zeros(operands[i].type(), operands[i].size(), 4).columns(1, 1);
                    String message = refusal(face, IllegalArgumentException.class, operands, given);
                    assertContains(message, given[i].toString(), "gaps");
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void idsThatDoNotAscendAreRefusedWhereRowsAreChanged(Face face) {
        try (Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            for (int i = 0; i < operands.length; i++) {
                if (face.operands().get(i).isAscending()) {
                    for (int[] ids : new int[][] {{0, 3, 3}, {0, 4, 1}}) {
                        Tensor[] given = operands.clone();
                        given[i] = samples.ids(3, 1).copyFrom(ids);
                        String message = refusal(face, IllegalArgumentException.class, operands, given);
                        assertContains(message, "ids[2] is " + ids[2] + " after " + ids[1]);
                    }
                }
            }
        }
    }

    /** Two operands in one memory, the second from so many bytes on; it is written last. */
    private static Tensor[] overlapping(Tensor[] operands, int first, int second, long bytes, Arena arena) {
        Tensor[] given = operands.clone();
        long size = operands[first].size() * operands[first].type().bytes()
                + operands[second].size() * operands[second].type().bytes();
        MemorySegment memory = arena.allocate(size + bytes, 64);
        given[first] = wrap(memory, operands[first]);
        given[second] = wrap(memory.asSlice(bytes), operands[second]);
        return given;
    }

    private static Tensor wrap(MemorySegment memory, Tensor original) {
        return Tensor.wrap(memory, original.type(), original.shape()).copyFrom(original);
    }

    @ParameterizedTest
    @MethodSource("faces")
    void anOutputInTheMemoryOfAnotherOperandIsRefusedUnlessItMayBeThatInput(Face face) {
        try (Arena arena = Arena.ofShared(); Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            for (int i = 0; i < operands.length; i++) {
                for (int j = 0; j < operands.length; j++) {
                    boolean empty = operands[i].size() == 0 || operands[j].size() == 0;
                    if (i != j && !empty && face.operands().get(i).isOutput()) {
                        assertOverlapIsRefused(face, overlapping(operands, j, i, Float.BYTES, arena), i, j);
                        if (!face.operands().get(i).mayBeInput()) {
                            assertOverlapIsRefused(face, overlapping(operands, j, i, 0, arena), i, j);
                        }
                    }
                }
            }
        }
    }

    private static void assertOverlapIsRefused(Face face, Tensor[] given, int output, int other) {
        String message = refusal(face, IllegalArgumentException.class, given, given);
        assertContains(message, given[output].toString(), given[other].toString(), " shares memory with ");
    }

    @ParameterizedTest
    @MethodSource("faces")
    void anOutputThatMayBeAnInputHasTheBitsThatItHasInOtherMemory(Face face) {
        try (Samples samples = new Samples(ElementType.F32, 3, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            for (int i = 0; i < operands.length; i++) {
                for (int j = 0; j < operands.length && face.operands().get(i).mayBeInput(); j++) {
                    if (i != j && face.operands().get(i).isLike(face.operands().get(j))) {
                        Tensor[] same = operands.clone();
                        same[j] = samples.copyOf(operands[j]);
                        same[i] = same[j];
                        Tensor[] apart = operands.clone();
                        apart[i] = samples.copyOf(operands[j]);
                        face.call().on(apart, CALLER);
                        face.call().on(same, CALLER);
                        assertArrayEquals(bytes(apart[i]), bytes(same[i]), face.operands().get(j).name());
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("faces")
    void manySizesBeforeTheLastCountAsRows(Face face) {
        Sizes sizes = new Sizes(12, 17, 5);
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 0, 1)) {
                Tensor[] matrices = face.operands(samples, sizes);
                Tensor[] operands = new Tensor[matrices.length];
                for (int i = 0; i < operands.length; i++) {
                    Tensor copy = samples.workspace()
                            .allocate(matrices[i].type(), matrices[i].shape())
                            .copyFrom(matrices[i]);
                    operands[i] = copy.rows() == 12 ? copy.reshape(3, 4, copy.columns()) : copy;
                }
                assertEquals(face.call().on(matrices, CALLER), face.call().on(operands, CALLER));
                for (int i = 0; i < operands.length; i++) {
                    assertArrayEquals(bytes(matrices[i]), bytes(operands[i]), face.operands().get(i).name());
                }
            }
        }
    }

    /** What an output's row holds, and nothing else of it, comes from the same row of the inputs, not from its number. */
    static List<Face> facesOfRows() {
        List<String> acrossRows = List.of(
                "Elementwise.addColumnSums", "Reductions.sum", "Reductions.sumOfSquares", "Reductions.norm",
                "Reductions.max", "Reductions.argmax", "Reductions.normOfRows", "Embedding.scatterAdd",
                "Optimizers.update", // its state has blocks of rows
                "Gemm.tn", "Gemm.tt", "Dropout.forward", "Dropout.backward", "Noise.add",
                "LpUnit.backward", "LayerNorm.parametersBackward"); // sums over rows
        return Face.all().stream().filter(face -> !acrossRows.contains(face.name())).toList();
    }

    @ParameterizedTest
    @MethodSource("facesOfRows")
    void aRowAloneHasTheBitsItHasAmongOthers(Face face) {
        Sizes sizes = new Sizes(7, 19, 37);
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            try (Samples samples = new Samples(type, 3, 1)) {
                Tensor[] together = face.operands(samples, sizes);
                Tensor[] apart = copies(samples, together);
                face.call().on(together, CALLER);
                for (int r = 0; r < sizes.b(); r++) {
                    Tensor[] row = new Tensor[apart.length];
                    for (int i = 0; i < row.length; i++) {
                        Operand operand = face.operands().get(i);
                        boolean ofBatch = operand.rows().equals("b");
                        row[i] = operand.isIds() ? apart[i].columns(r, 1) : ofBatch ? apart[i].rows(r, 1) : apart[i];
                    }
                    face.call().on(row, CALLER);
                }
                for (int i = 0; i < apart.length; i++) {
                    assertArrayEquals(bytes(together[i]), bytes(apart[i]), face.operands().get(i).name());
                }
            }
        }
    }

    private static Tensor[] copies(Samples samples, Tensor... tensors) {
        Tensor[] copies = new Tensor[tensors.length];
        for (int i = 0; i < copies.length; i++) {
            boolean dense = tensors[i].isContiguous();
            copies[i] = dense
                    ? samples.workspace().allocate(tensors[i].type(), tensors[i].shape()).copyFrom(tensors[i])
                    : samples.copyOf(tensors[i]);
        }
        return copies;
    }

    @ParameterizedTest
    @MethodSource("faces")
    void aMappedFileIsMemoryLikeAnyOther(Face face, @TempDir Path folder) throws IOException {
        try (Arena arena = Arena.ofShared(); Samples samples = new Samples(ElementType.F32, 0, 1)) {
            Tensor[] operands = face.operands(samples, SMALL);
            Tensor[] mapped = new Tensor[operands.length];
            for (int i = 0; i < mapped.length; i++) {
                try (FileChannel file = FileChannel.open(folder.resolve("" + i), CREATE, READ, WRITE)) {
                    long size = operands[i].size() * operands[i].type().bytes();
                    MemorySegment memory = file.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
                    mapped[i] = Tensor.wrap(memory, operands[i].type(), operands[i].shape()).copyFrom(operands[i]);
                }
            }
            assertEquals(face.call().on(operands, CALLER), face.call().on(mapped, CALLER));
            for (int i = 0; i < mapped.length; i++) {
                assertArrayEquals(bytes(operands[i]), bytes(mapped[i]), face.operands().get(i).name());
            }
        }
    }
}
