package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Outputs, states, loss and every gradient are PyTorch's, which {@link PyTorchReference} has in float64. */
class PyTorchAgreementTest {
    static final List<String> CASES = List.of(
            "rnn-tanh-1x4-50-steps", "rnn-tanh-2x4-7-steps", "rnn-tanh-1x4-7-steps-bidirectional",
            "rnn-tanh-1x4-6-steps-no-bias-lengths", "rnn-tanh-2x4-5-steps-bidirectional-lengths",
            "rnn-relu-1x4-50-steps", "rnn-relu-2x4-7-steps", "rnn-relu-1x4-7-steps-bidirectional",
            "rnn-relu-1x4-6-steps-no-bias-lengths", "rnn-relu-2x4-5-steps-bidirectional-lengths",
            "gru-1x4-50-steps", "gru-2x4-7-steps", "gru-1x4-7-steps-bidirectional",
            "gru-1x4-6-steps-no-bias-lengths", "gru-2x4-5-steps-bidirectional-lengths",
            "gru-2x3-50-steps-bidirectional-lengths", "gru-1x17-5-steps",
            "lstm-1x4-50-steps", "lstm-2x4-7-steps", "lstm-1x4-7-steps-bidirectional",
            "lstm-1x4-6-steps-no-bias-lengths", "lstm-2x4-5-steps-bidirectional-lengths",
            "lstm-2x3-50-steps-bidirectional-no-bias-lengths", "lstm-1x17-5-steps",
            "lstm-projection-1x4-50-steps", "lstm-projection-2x4-7-steps",
            "lstm-projection-1x4-7-steps-bidirectional", "lstm-projection-1x4-6-steps-no-bias-lengths",
            "lstm-projection-2x4-5-steps-bidirectional-lengths");

    /** What users are promised, 168 times 2^-24; the largest difference seen is 13 times that. */
    private static final double F32_TOLERANCE = 1e-5;

    /** 900 times 2^-53, for both sides round, in orders of their own; the largest difference seen is 13 times that. */
    private static final double F64_TOLERANCE = 1e-13;

    @ParameterizedTest
    @FieldSource("CASES")
    void outputsStatesLossAndGradientsArePyTorchs(String name) {
        assertAgrees(name, ElementType.F64, F64_TOLERANCE);
    }

    @ParameterizedTest
    @FieldSource("CASES")
    @Tag("every-width")
    void theyAreInF32Too(String name) {
        assertAgrees(name, ElementType.F32, F32_TOLERANCE);
    }

    /** A file that no test reads would look like a case that is tested. */
    @Test
    void everyFileIsACase() throws IOException {
        try (Stream<Path> files = Files.list(PyTorchReference.folder())) {
            List<String> names = files.map(file -> file.getFileName().toString().replace(".safetensors", "")).sorted()
                    .toList();
            assertEquals(CASES.stream().sorted().toList(), names);
        }
    }

    private static void assertAgrees(String name, ElementType type, double tolerance) {
        for (PyTorchRun.Pair pair : PyTorchRun.of(new PyTorchReference(name), type)) {
            assertEquals(pair.theirs().length, pair.ours().length, pair.what());
            double largest = ArrayMath.largest(pair.theirs());
            for (int i = 0; i < pair.ours().length; i++) {
                assertEquals(pair.theirs()[i], pair.ours()[i], tolerance * largest, pair.what() + " at " + i);
            }
        }
    }
}
