package dev.unroll.bench.cli.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.unroll.bench.cli.Call;
import dev.unroll.gradcheck.GradCheck;
import dev.unroll.gradcheck.Result;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.kernels.Activation;
import dev.unroll.kernels.Elementwise;
import dev.unroll.rnn.autograd.ArithmeticOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code unroll gradcheck}. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class GradcheckTest {
    @TempDir
    private Path temp;

    @Test
    void everyOpAndNetworksAreInTheTableAndNoneIsWrong() throws IOException {
        Path json = temp.resolve("g.json");
        int lines = OpTable.all().size() + 1;
        Call call =
                Call.of("gradcheck", "--cases", String.valueOf(2 * lines), "--seed", "3", "--json", json.toString());
        assertEquals(0, call.code(), call.out() + call.err());
        assertTrue(call.out().contains("no gradient is wrong"), call.out());
        JsonNode checked = new ObjectMapper().readTree(json.toFile()).get("checked");
        assertEquals(lines, checked.size());
        for (int i = 0; i < lines; i++) {
            String name = i < OpTable.all().size() ? OpTable.all().get(i).name() : "networks";
            assertEquals(name, checked.get(i).get("name").asText());
            assertTrue(call.out().contains(System.lineSeparator() + name + " "), call.out());
            assertEquals(2, checked.get(i).get("cases").asInt());
            assertEquals(0, checked.get(i).get("wrong").asInt());
            assertTrue(checked.get(i).get("derivatives").asLong() > 0, name);
            assertTrue(checked.get(i).get("shapes").size() > 0, name);
        }
    }

    @Test
    void whatWasLookedAtIsATableOfItsOwn() throws IOException {
        Path json = temp.resolve("g.json");
        Call call = Call.of("gradcheck", "--op", "affine", "--cases", "6", "--sizes", "9", "--f32", "--repeat", "2",
                "--threads", "2", "--json", json.toString());
        assertEquals(0, call.code(), call.out() + call.err());
        String[] lines =
                call.out().lines().filter(line -> line.matches("(looked at|affine) .*")).toArray(String[]::new);
        assertEquals(3, lines.length, call.out());
        assertTrue(lines[1].matches("looked at +sizes +strides +types +threads +deltas"), lines[1]);
        assertTrue(lines[2].matches("affine +1 to 9 +none, wider +F32, F64 +1, 2 +random, one-hot.*"), lines[2]);
        JsonNode affine = new ObjectMapper().readTree(json.toFile()).get("checked").get(0);
        JsonNode looked = affine.get("looked_at");
        assertTrue(looked.get("types").get("F32").asLong() > 0, looked.toString());
        assertTrue(looked.get("deltas").get("one-hot").asLong() > 0, looked.toString());
        assertTrue(looked.get("strided_runs").asLong() > 0, looked.toString());
        assertTrue(looked.get("threads").get("2").asLong() > looked.get("threads").get("1").asLong(),
                looked.toString());
        String without = Call.of("gradcheck", "--op", "affine", "--cases", "6", "--sizes", "3").out();
        assertFalse(without.contains("F32"), without);
        assertTrue(without.contains("1 to 3"), without);
    }

    /** Without a size, sizes that fill vectors and large numbers are among what is looked at. */
    @Test
    void wideAndLargeInputsAreDrawnUnlessASizeIsAskedFor() throws IOException {
        String without = Call.of("gradcheck", "--op", "multiply", "--cases", "8").out();
        assertTrue(without.matches("(?s).*multiply +1 to (3[3-9]|40) .*"), without);
        String sized = Call.of("gradcheck", "--op", "multiply", "--cases", "8", "--sizes", "9").out();
        assertTrue(sized.matches("(?s).*multiply +1 to [5-9] .*"), sized);
    }

    @Test
    void networksOfManyStepsAreComparedInSinglePrecisionToo() {
        Call call = Call.of("gradcheck", "--model", "lstm:3", "--cases", "4", "--steps", "9", "--f32", "--tolerance",
                "100ulps");
        assertEquals(0, call.code(), call.out() + call.err());
    }

    @Test
    void moreIsComparedWhereMoreIsAsked() throws IOException {
        long once = derivatives();
        // Of a size that is asked for there are no further draws, which are made once.
        assertTrue(derivatives("--sizes", "4", "--repeat", "3") > 2 * derivatives("--sizes", "4"));
        assertTrue(derivatives("--repeat", "3") > once);
        assertTrue(derivatives("--second-order") > once);
        assertTrue(derivatives("--sizes", "1") < once);
        assertEquals(once, derivatives("--threads", "2"), "threads change nothing");
    }

    private long derivatives(String... options) throws IOException {
        Path json = temp.resolve("d.json");
        List<String> args = new ArrayList<>(List.of("gradcheck", "--op", "matmul", "--cases", "8", "--seed", "2"));
        args.addAll(List.of(options));
        args.addAll(List.of("--json", json.toString()));
        Call call = Call.of(args.toArray(String[]::new));
        assertEquals(0, call.code(), call.out() + call.err());
        return new ObjectMapper().readTree(json.toFile()).get("checked").get(0).get("derivatives").asLong();
    }

    @Test
    void oneSeedDrawsTheSameCases() {
        String[] args = {"gradcheck", "--op", "rnn_", "--cases", "5", "--seed", "5"};
        String first = Call.of(args).out();
        String withoutTime = "in \\d+ s";
        assertEquals(first.replaceAll(withoutTime, ""), Call.of(args).out().replaceAll(withoutTime, ""));
        assertFalse(first.contains("gru"), "only ops whose names begin so: " + first);
        String lstm = Call.of("gradcheck", "--op", "lstm", "--cases", "2").out();
        assertFalse(lstm.contains("lstm_gates"), "a whole name is one op: " + lstm);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dots:3,4,2", "lstm:2x3:dropout=0.5", "embedding:3/gru:3:bidirectional/gru:3/tied"})
    void anyNetworkIsChecked(String model) {
        Call call = Call.of("gradcheck", "--model", model, "--cases", "3");
        assertEquals(0, call.code(), call.out() + call.err());
        assertTrue(call.out().contains("right"), call.out());
    }

    @Test
    void aWrongGradientIsToldWithTheWholeResultAndFailsTheCommand() {
        SeriesOutcome tally = new SeriesOutcome("wrong");
        assertFalse(tally.isWrong());
        assertNull(tally.firstWrong());
        Op add = ArithmeticOps.ADD;
        Op wrong = new Op("wrong", add.domain(), add.forward(), call -> {
            add.backward().run(call);
            if (call.wants(1)) {
                Elementwise.axpy(0.01, call.delta(0), call.gradient(1), call.pool());
            }
        });
        tally.add(GradCheck.of(add).seed(1).run());
        Result result = GradCheck.of(wrong).seed(1).run();
        tally.add(result);
        tally.add(GradCheck.of(wrong).seed(2).run());
        assertTrue(tally.isWrong());
        assertEquals(result, tally.firstWrong());
        assertEquals("WRONG in 2", tally.line().getLast());
        assertEquals(3L, tally.values().get("cases"));
        assertTrue(tally.values().get("first_wrong").toString().contains("wrong"), tally.values().toString());
    }

    /** At a kink no difference tells anything, whatever is drawn: that is no comfort. */
    @Test
    void whatCouldNotBeJudgedIsNotCalledRight() {
        SeriesOutcome tally = new SeriesOutcome("kink");
        tally.add(GradCheck.of((tape, x) -> tape.activate(Activation.RELU, x), Input.of(new double[] {0}, 1, 1)).run());
        assertTrue(tally.isUndecided() && !tally.isWrong());
        assertEquals("UNDECIDED, 1 at a kink", tally.line().getLast());
        SeriesOutcome lost = new SeriesOutcome("lost");
        lost.add(GradCheck.of(x -> 1e17 + x[0], x -> new double[] {1}, Input.of(new double[] {0.3}, 1)).run());
        assertEquals("UNDECIDED, 1 ill-conditioned", lost.line().getLast());
        tally.add(GradCheck.of(ArithmeticOps.ADD).run());
        assertEquals("right, 1 at a kink", tally.line().getLast());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "gradcheck --op fish | --op fish is not known; known are add, multiply",
        "gradcheck --model fish:3 | kind fish is not known",
        "gradcheck --op add --model rnn:3 | exclude each other",
        "gradcheck --cases 0 | --cases must be at least 1, not 0",
        "gradcheck --cases 3 | is less than the",
        "gradcheck --op add --sizes 0 | --sizes must be at least 1, not 0",
        "gradcheck --op add --threads 0 | --threads must be at least 1, not 0",
        "gradcheck --op add --repeat -1 | --repeat must be at least 1, not -1",
        "gradcheck --op add --steps 0 | --steps must be at least 1, not 0",
        "gradcheck --op add --tolerance -1 | --tolerance must be a number of at least 0",
        "gradcheck --op add --tolerance 3ulp | one of ulps such as 100ulps, not 3ulp",
        "gradcheck --seed x | x"})
    void aWrongCallIsExplainedWithCode2(String line, String part) {
        Call.of(line.split(" ")).assertFailed(2, part, "--help");
    }
}
