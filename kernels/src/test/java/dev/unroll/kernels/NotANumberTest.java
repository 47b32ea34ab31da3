package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.Face.Operand;
import dev.unroll.kernels.Face.Sizes;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A NaN does not disappear: wherever in an input it stands, an output is NaN, or the call says what is wrong. */
@Tag("every-width")
class NotANumberTest {
    /** Whole vectors and tails of every width, and rows that are not read. */
    private static final Sizes SIZES = new Sizes(2, 37, 19);

    /** Inputs of which something is not chosen, or that say alone which of others is. */
    private static final Map<String, Set<String>> CHOSEN = Map.ofEntries(
            Map.entry("Maxout.backward", Set.of("x", "y")), // the winner's gradient is dy, and a NaN wins
            Map.entry("ResetBeforeGruCell.gates", Set.of("p")), // the other gates are read by another pass
            Map.entry("ResetBeforeGruCell.candidate", Set.of("p")),
            Map.entry("ResetBeforeGruCell.candidateBackward", Set.of("gates")),
            Map.entry("ResetBeforeGruCell.gatesBackward", Set.of("gates")),
            Map.entry("Dropout.forward", Set.of("x")), // what is dropped is 0
            Map.entry("Dropout.backward", Set.of("dy")),
            Map.entry("Rows.select", Set.of("a", "b")),
            Map.entry("Rows.addWhere", Set.of("x")),
            Map.entry("Embedding.lookup", Set.of("table")),
            Map.entry("Optimizers.updateRows", Set.of("values", "gradients", "state")),
            Map.entry("Reductions.normOfRows", Set.of("x")));

    static Stream<Face> faces() {
        return Face.all().stream();
    }

    @ParameterizedTest
    @MethodSource("faces")
    void comesOutOfEveryCall(Face face) {
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.F64}) {
            for (int i = 0; i < face.operands().size(); i++) {
                Operand operand = face.operands().get(i);
                boolean isRead = !operand.isOutput() || face.name().startsWith("Optimizers");
                if (isRead && !operand.isIds()
                        && !CHOSEN.getOrDefault(face.name(), Set.of()).contains(operand.name())) {
                    comesOut(face, type, i);
                }
            }
        }
    }

    private static void comesOut(Face face, ElementType type, int operand) {
        int size = face.operands().get(operand).rows(SIZES) * face.operands().get(operand).columns(SIZES);
        for (int at = 0; at < size; at++) {
            try (Samples samples = new Samples(type, 0, at)) {
                Tensor[] tensors = face.operands(samples, SIZES);
                makeFit(face, tensors);
                Tensor input = tensors[operand];
                input.set(at / input.columns(), at % input.columns(), Double.NaN);
                assertTrue(isSeen(face, tensors),
                        type + ", " + face.operands().get(operand).name() + ", element " + at);
            }
        }
    }

    /** No target is the ignored one, and what is a maximum stands among what it is the maximum of. */
    private static void makeFit(Face face, Tensor... tensors) {
        for (int i = 0; i < tensors.length; i++) {
            if (face.operands().get(i).name().equals("targets") && tensors[i].type() == ElementType.I32) {
                tensors[i].copyFrom(new int[(int) tensors[i].size()]);
            }
        }
        if (face.name().equals("Maxout.backward")) {
            Maxout.forward(3, tensors[0], tensors[1], WorkerPool.caller());
        }
    }

    private static boolean isSeen(Face face, Tensor... tensors) {
        double result;
        try {
            result = face.call().on(tensors, WorkerPool.caller());
        } catch (IllegalArgumentException e) {
            return e.getMessage().contains("NaN");
        }
        boolean isSeen = Double.isNaN(result) || face.name().startsWith("Reductions.argmax");
        for (int i = 0; i < tensors.length; i++) {
            boolean isFloating = tensors[i].type().isFloating();
            isSeen |= face.operands().get(i).isOutput() && isFloating
                    && Arrays.stream(Samples.values(tensors[i])).flatMapToDouble(Arrays::stream)
                            .anyMatch(Double::isNaN);
        }
        return isSeen;
    }
}
