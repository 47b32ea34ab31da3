package dev.unroll.rnn.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Parameters.Group;
import dev.unroll.rnn.init.Initializer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ParametersTest {
    private final Workspace workspace = new Workspace("a test");

    @AfterEach
    void close() {
        workspace.close();
    }

    /** Three parameters a layer: 16 and 24 numbers of F64 and 3 in a line of 8, 48 columns in all. */
    private Parameters layers(int count, int seed) {
        Parameters parameters = new Parameters();
        for (int l = 0; l < count; l++) {
            parameters.declare("layer" + l + ".input", Initializer.gaussian(1), 4, 4);
            parameters.declare("layer" + l + ".recurrent", Initializer.gaussian(1), 8, 3);
            parameters.declare("layer" + l + ".bias", Initializer.gaussian(1), 3);
        }
        parameters.allocate(workspace, ElementType.F64, new Random(seed));
        return parameters;
    }

    @Test
    void parametersSideBySideWithOneRateAreOneGroup() {
        Parameters parameters = layers(2, 1);
        assertEquals(List.of(new Group(1, 0, 96)), parameters.groups());
        List<Parameter> all = parameters.list();
        all.get(1).learningRateMultiplier(0.1);
        all.get(2).learningRateMultiplier(0.1);
        assertEquals(List.of(new Group(1, 0, 16), new Group(0.1, 16, 32), new Group(1, 48, 48)), parameters.groups());
        all.get(0).learningRateMultiplier(0.1);
        all.get(5).learningRateMultiplier(0);
        assertEquals(List.of(new Group(0.1, 0, 48), new Group(1, 48, 40), new Group(0, 88, 8)), parameters.groups());
        assertThrows(IllegalStateException.class, () -> new Parameters().groups());
    }

    @Test
    void aFactorThatIsNoneIsRefused() {
        Parameter parameter = layers(1, 1).list().getFirst();
        for (double wrong : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            Exception e = assertThrows(IllegalArgumentException.class, () -> parameter.learningRateMultiplier(wrong));
            assertTrue(e.getMessage().startsWith("parameter layer0.input: "), e.getMessage());
        }
    }

    @Test
    void valuesOfEqualNamesAreTakenOverByTheirPrefix() {
        Parameters small = layers(1, 1);
        Parameters large = layers(2, 2);
        double[] before = large.values().toDoubles();
        List<Parameter> copied = large.copyFrom(small, "layer0.");
        assertEquals(large.list().subList(0, 3), copied);
        double[] expected = small.values().toDoubles();
        double[] after = large.values().toDoubles();
        for (int i = 0; i < after.length; i++) {
            assertEquals(i < 48 ? expected[i] : before[i], after[i], "at " + i);
        }
        assertEquals(3, large.copyFrom(small, "").size(), "all of the source");
    }

    @Test
    void valuesOfOtherNamesAreTakenOverByAMap() {
        Parameters small = layers(1, 1);
        Parameters large = layers(2, 2);
        large.copyFrom(small, Map.of("layer0.recurrent", "layer1.recurrent"));
        assertArrayEquals(
                small.list().get(1).value().toDoubles(), large.list().get(4).value().toDoubles());
    }

    @Test
    void whatDoesNotFitIsNamedAndNothingIsCopied() {
        Parameters small = layers(1, 1);
        Parameters large = layers(2, 2);
        double[] before = large.values().toDoubles();
        Map<String, String> names = new LinkedHashMap<>();
        names.put("layer0.input", "layer0.input");
        names.put("layer0.recurrent", "layer1.input");
        names.put("layer1.bias", "layer1.bias");
        names.put("layer0.bias", "layer2.bias");
        Exception e = assertThrows(IllegalArgumentException.class, () -> large.copyFrom(small, names));
        assertEquals(
                "cannot copy parameters: layer0.recurrent is F64[8, 3], but layer1.input is F64[4, 4]; there is no"
                        + " layer1.bias to copy from; there is no layer2.bias to copy to; give"
                        + " names of parameters that match in shape and type",
                e.getMessage());
        assertArrayEquals(before, large.values().toDoubles());
        Exception none = assertThrows(IllegalArgumentException.class, () -> large.copyFrom(small, "encoder."));
        assertEquals(
                "no parameter to copy begins with \"encoder.\"; there are [layer0.input, layer0.recurrent, layer0.bias]",
                none.getMessage());
        Exception unseen = assertThrows(IllegalArgumentException.class, () -> large.copyFrom(small, "\u001b[2J\n"));
        assertTrue(unseen.getMessage().startsWith("no parameter to copy begins with \"\\u001b[2J\\n\"; there are"),
                unseen.getMessage());
    }
}
