package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Gemm;
import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.init.Initialization;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.spec.PaperTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class InitializationTest {
    /** What a parameter's values look like: the blocks that a matrix consists of count each. */
    private static Map<String, String> described(ModelSpec spec, Initialization initialization) {
        Map<String, String> all = new TreeMap<>();
        try (DeepRnn model = NetworkBuilder.of(spec).initialization(initialization).seed(1).build()) {
            for (Parameter p : model.parameters().list()) {
                all.put(p.name(), describe(p.value()));
            }
        }
        return all;
    }

    private static String describe(Tensor values) {
        double first = values.get(0, 0);
        boolean constant = true;
        int links = 0;
        for (long r = 0; r < values.rows(); r++) {
            for (long c = 0; c < values.columns(); c++) {
                constant &= values.get(r, c) == first;
                links += values.get(r, c) != 0 ? 1 : 0;
            }
        }
        if (constant) {
            return "all " + (float) first;
        }
        if (links < values.size()) {
            return links / (double) values.columns() + " links";
        }
        // One digit: the deviation of the smallest matrix here is off by a few percent.
        return String.format("normal %.0e",
                Math.sqrt(Reductions.sumOfSquares(values, WorkerPool.caller()) / values.size()));
    }

    @Test
    void theNetworksOfThePaperBeginAsItSays() {
        ModelSpec dots = PaperTask.PTB_CHARACTERS.dots();
        assertEquals(
                new TreeMap<>(Map.of(
                        "layer0.input.weight", "normal 1e-02",
                        "layer0.input.bias", "all 0.0",
                        "layer0.recurrent", "20.0 links",
                        "layer0.1.weight", "20.0 links",
                        "layer0.1.shortcut", "20.0 links",
                        "layer1.0.weight", "normal 1e-03",
                        "layer1.0.bias", "all 0.1",
                        "output.weight", "normal 1e-03",
                        "output.bias", "all 0.0")),
                described(dots, PaperTask.PTB_CHARACTERS.initialization(dots)));
        ModelSpec srnn = PaperTask.JSB_CHORALES.srnn();
        assertEquals(
                new TreeMap<>(Map.of(
                        "layer0.input.weight", "normal 1e-01",
                        "layer0.input.bias", "all 0.0",
                        "layer0.recurrent", "20.0 links",
                        "layer1.input.weight", "20.0 links",
                        "layer1.input.bias", "all 0.0",
                        "layer1.recurrent", "20.0 links",
                        "output.weight", "normal 1e-02",
                        "output.bias", "all 0.0")),
                described(srnn, PaperTask.JSB_CHORALES.initialization(srnn)));
        ModelSpec starred = PaperTask.MUSE_DATA.starred();
        Map<String, String> begin = described(starred, PaperTask.MUSE_DATA.initialization(starred));
        assertEquals("all " + (float) Math.log(Math.expm1(2)), begin.get("layer0.0.rho"));
        assertEquals("all 0.0", begin.get("layer1.0.bias"));
        ModelSpec words = ModelSpec.parse("di:300,200", 500, 500);
        begin = described(words, PaperTask.PTB_WORDS.initialization(words));
        assertEquals("normal 1e-01", begin.get("layer0.0.weight"));
        assertEquals("20.0 links", begin.get("layer1.input.weight"));
        assertEquals("normal 1e-01", begin.get("output.weight"));
        ModelSpec normalized = ModelSpec.parse("lstm:30:norm", 500, 500);
        begin = described(normalized, PaperTask.PTB_WORDS.initialization(normalized));
        assertEquals("all 1.0", begin.get("layer0.recurrent.gain"));
        assertEquals("all 0.0", begin.get("layer0.cell.bias"));
    }

    /** The gates of a cell and the pieces of a unit are matrices, each of which has the largest singular value. */
    @Test
    void everyMatrixBeginsOnItsOwnWhereSeveralLieSideBySide() {
        ModelSpec spec =
                ModelSpec.parse("lstm:12/gru:12:reset=before/gru:11:gates=12/dts:13,12:lp=2/mlp:12:maxout=3", 14, 3);
        List<String> matrices = new ArrayList<>();
        Initialization orthogonal = (name, usual, shape) -> shape.length == 2 ? Initializer.orthogonal() : usual;
        try (DeepRnn model = NetworkBuilder.of(spec).type(ElementType.F64).initialization((name, usual, shape) -> {
            if (shape.length == 2) {
                matrices.add(name);
            }
            return orthogonal.choose(name, usual, shape);
        }).build();
                Workspace workspace = new Workspace("test")) {
            for (Parameter p : model.parameters().list()) {
                int count = (int) matrices.stream().filter(p.name()::equals).count();
                Tensor rest = p.value();
                if (p.name().equals("layer3.input.weight")) {
                    assertEquals(3, count); // two pieces of 13 units, and 12 units
                    assertOrthonormal(workspace, rest.columns(0, 13));
                    assertOrthonormal(workspace, rest.columns(13, 13));
                    assertOrthonormal(workspace, rest.columns(26, 12));
                } else {
                    for (int i = 0; i < count; i++) {
                        assertOrthonormal(workspace, rest.columns(i * rest.columns() / count, rest.columns() / count));
                    }
                }
            }
            assertEquals(4, matrices.stream().filter("layer0.recurrent"::equals).count());
            assertEquals(4, matrices.stream().filter("layer0.input.weight"::equals).count());
            assertEquals(2, matrices.stream().filter("layer1.recurrent"::equals).count());
            assertEquals(2, matrices.stream().filter("layer2.recurrent"::equals).count());
            assertEquals(2, matrices.stream().filter("layer3.recurrent"::equals).count());
            assertEquals(1, matrices.stream().filter("layer3.1.weight"::equals).count());
            assertEquals(3, matrices.stream().filter("layer4.0.weight"::equals).count());
        }
    }

    private static void assertOrthonormal(Workspace workspace, Tensor a) {
        int n = (int) Math.min(a.rows(), a.columns());
        Tensor product = workspace.allocate(ElementType.F64, n, n);
        if (a.rows() < a.columns()) {
            Gemm.nt(1, a, a, 0, product, WorkerPool.caller());
        } else {
            Gemm.tn(1, a, a, 0, product, WorkerPool.caller());
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                assertEquals(i == j ? 1 : 0, product.get(i, j), 1e-13); // sums of at most 14 products, each rounded
            }
        }
    }

    @Test
    void theUsualInitializationChangesNothing() {
        ModelSpec spec = ModelSpec.parse("lstm:5:forget=1/dts:4,3", 6, 6);
        try (DeepRnn plain = NetworkBuilder.of(spec).seed(3).build();
                DeepRnn usual = NetworkBuilder.of(spec).seed(3).initialization((_, same, _) -> same).build();
                DeepRnn other =
                        NetworkBuilder.of(spec).seed(3).initialization((_, _, _) -> Initializer.gaussian(1)).build()) {
            float[] values = plain.parameters().values().toFloats();
            assertEquals(List.of(), differences(values, usual.parameters().values().toFloats()));
            assertNotEquals(List.of(), differences(values, other.parameters().values().toFloats()));
        }
    }

    private static List<Integer> differences(float[] a, float... b) {
        assertTrue(a.length == b.length);
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < a.length; i++) {
            if (a[i] != b[i]) {
                all.add(i);
            }
        }
        return all;
    }
}
