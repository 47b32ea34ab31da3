package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.finding.VariableCount;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.ActivationOps;
import dev.unroll.rnn.autograd.ArithmeticOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.io.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static Map<?, ?> parsed(Result result) throws IOException {
        return (Map<?, ?>) Json.parse("test", result.json().getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aRightResultIsWrittenAsJson() throws IOException {
        Result result = GradCheck.of(ActivationOps.of(Activation.TANH)).seed(3).run();
        Map<?, ?> json = parsed(result);
        assertEquals(List.of("name", "inputs", "verdict", "mode", "seed", "draws", "comparisons", "wrong", "undecided",
                "variables", "worst", "hint", "faults", "notes"), List.copyOf(json.keySet()));
        assertEquals("tanh", json.get("name"));
        assertEquals("RIGHT", json.get("verdict"));
        assertEquals("full Jacobian", json.get("mode"));
        assertEquals(3L, json.get("seed"));
        assertEquals(result.comparisons(), json.get("comparisons"));
        assertEquals(result.worst().analytic(), ((Map<?, ?>) json.get("worst")).get("analytic"));
        assertNull(json.get("hint"));
    }

    /** Not only the one that the hint is of. */
    @Test
    void everyWrongInputIsNamedWithItsCount() {
        Result result = GradCheck.of((tape, a, b) -> {
            Op op = new Op("twice", ArithmeticOps.ADD.domain(), ArithmeticOps.ADD.forward(), call -> {
                call.addGradient(2, 0, call.delta(0));
                call.addGradient(1.5, 1, call.delta(0));
            });
            return tape.apply(op, a, b)[0];
        }, shape(1, 2), shape(1, 2)).mode(Mode.FULL_JACOBIAN).run();
        assertEquals(List.of(new VariableCount("input 0", 4, 2, 0), new VariableCount("input 1", 4, 2, 0)),
                result.variables());
        assertTrue(result.toString().contains(
                "4 of 8 derivatives are wrong: 2 of 4 of input 0, 2 of 4 of input 1, the worst:"), result::toString);
        assertTrue(result.toString().lines().skip(2).findFirst().orElseThrow().contains("relative error"),
                result::toString);
    }

    /** A derivative that is right is no explanation of a fault. */
    @Test
    void aFaultIsToldWithoutADerivativeThatIsRight() {
        Result result = GradCheck.ofVectorJacobianProduct(x -> x.clone(), (x, u) -> new double[] {u[0] * u[0] * u[0]},
                shape(1)).run();
        assertEquals(0, result.wrong());
        String[] lines = result.toString().split("\n");
        assertTrue(lines[1].startsWith("  none of "), result::toString);
        assertEquals("  " + result.faults().getFirst(), lines[2]);
    }

    @Test
    void drawsAreTold() {
        Result drawn = GradCheck.of(x -> x[0] * x[0], x -> new double[] {2 * x[0]}, shape(1)).repeat(3).run();
        assertTrue(drawn.toString().lines().findFirst().orElseThrow().endsWith(", 3 draws)"), drawn::toString);
        int again = 0;
        for (int seed = 0; seed < 10; seed++) { // it is lost beside the value where x is negative
            Result result = GradCheck.of(x -> x[0] > 0 ? x[0] : 1e17 + x[0], x -> new double[] {1}, shape(1)).seed(seed)
                    .run();
            again += result.draws() > 1 ? 1 : 0;
            assertEquals(result.draws() > 1, result.notes().stream().anyMatch(
                    note -> note.startsWith("the inputs were drawn " + result.draws() + " times")), result::toString);
        }
        assertTrue(again > 0);
    }

    /** Two tiny numbers whose distance is as large as they are differ by 2, and are right. */
    @Test
    void noRelativeErrorIsToldOfARightDerivative() throws IOException {
        Result result = GradCheck.of(x -> 1e9 * x[0], x -> new double[] {1e9, -1e-9}, Input.of(new double[] {1, 1}, 2))
                .run();
        assertEquals(Result.Verdict.RIGHT, result.verdict(), "a negligible error is no error: " + result);
        Map<?, ?> worst = (Map<?, ?>) parsed(result).get("worst");
        assertNull(worst.get("relativeError"));
        assertFalse(result.toString().contains("relative error"), result::toString);
    }

    /** Few look at the result of a check that passes. */
    @Test
    void notesOfAPassingCheckAreLogged() {
        List<String> logged = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                logged.add(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("dev.unroll.gradcheck");
        logger.addHandler(handler);
        try {
            GradCheck.check((tape, x) -> tape.tanh(x), shape(2, 2));
            assertEquals(List.of(), logged);
            GradCheck.check((tape, x, y) -> tape.tanh(x), shape(2, 2), shape(3, 3));
        } finally {
            logger.removeHandler(handler);
        }
        assertEquals(1, logged.size());
        assertTrue(logged.getFirst().contains("note: input 1 gets no gradient"), logged::toString);
    }

    @Test
    void aWrongResultIsWrittenAsJson() throws IOException {
        Result result = GradCheck.of(x -> x[0] * x[1], x -> new double[] {-x[1], -x[0]}, shape(2)).run();
        Map<?, ?> json = parsed(result);
        assertEquals("WRONG", json.get("verdict"));
        Map<?, ?> hint = (Map<?, ?>) json.get("hint");
        assertEquals("SIGN", hint.get("kind"));
        assertEquals("the whole gradient of x is of the wrong sign", hint.get("text"));
        Map<?, ?> element = (Map<?, ?>) hint.get("element");
        assertEquals(2.0, (double) element.get("relativeError"), 1e-6);
        assertEquals(result.hint().element().tolerance(), element.get("tolerance"));
    }

    @Test
    void faultsAndNumbersThatAreNotFiniteAreWrittenAsJson() throws IOException {
        Result throwing = GradCheck.of((tape, x) -> null, shape(2)).run();
        assertEquals(
                List.of(Map.of("kind", "RETURNS_NOTHING", "text",
                        "the function returned no output, or null among its outputs")),
                parsed(throwing).get("faults"));
        Result edge = GradCheck.of(x -> x[0] > 1 ? Double.NaN : x[0], x -> new double[] {1},
                Input.of(new double[] {1}, 1)).run();
        assertEquals("NaN", ((Map<?, ?>) parsed(edge).get("worst")).get("numeric"));
    }

    @Test
    void anInputThatNothingDependsOnIsTold() {
        Result result = GradCheck.check((tape, x, y) -> tape.tanh(x), shape(2, 2), shape(3, 3));
        assertEquals(List.of("input 1 gets no gradient, or zeros, and where it was moved the function did not change"),
                result.notes());
        assertTrue(result.toString().endsWith("note: " + result.notes().getFirst()));
    }

    @Test
    void aProjectedCheckTellsWhatItCannotSee() {
        Result full = GradCheck.of(ArithmeticOps.ADD).run();
        assertEquals(List.of(), full.notes());
        Result projected = GradCheck.of((tape, x) -> tape.tanh(x), shape(40, 30)).directions(2).run();
        String note = projected.notes().getFirst();
        assertTrue(note.matches("a projected check sees one wrong derivative if it is off by more than .*e-06 \\(the"
                + " largest gradient is 1.*\\); of several, .*, it misses all with probability 3e-05 at most"), note);
        assertFalse(GradCheck.of((tape, x) -> tape.tanh(x), shape(40, 30)).directions(3).run().notes().equals(
                projected.notes()));
    }

    /** The promise of the note, kept: an error of the size that it names is seen, whichever element it is in. */
    @Test
    void anErrorOfTheSizeThatTheNoteNamesIsSeen() {
        int size = 1000;
        for (int seed = 1; seed <= 20; seed++) {
            Result right = sumOfSquares(size, seed, -1, 0);
            String note = right.notes().getFirst();
            double visible = Double.parseDouble(note.replaceAll(".*off by more than (\\S+) .*", "$1"));
            Result wrong = sumOfSquares(size, seed, 37 * seed, 1.1 * visible); // the note has two digits
            assertEquals(4, wrong.wrong(), wrong::toString);
        }
    }

    private static Result sumOfSquares(int size, int seed, int element, double error) {
        return GradCheck.of(x -> {
            double sum = 0;
            for (double y : x) {
                sum += y * y;
            }
            return sum;
        }, x -> {
            double[] gradient = x.clone();
            for (int j = 0; j < gradient.length; j++) {
                gradient[j] = 2 * x[j] + (j == element ? error : 0);
            }
            return gradient;
        }, shape(size)).mode(Mode.PROJECTED).seed(seed).run();
    }

    /** Two equal errors of opposite sign, which signs alone would hide from half of the directions. */
    @Test
    void twoEqualErrorsDoNotHideEachOther() {
        for (int seed = 1; seed <= 20; seed++) {
            Result result = GradCheck.of(x -> x[0] + x[1] + x[2], x -> new double[] {1.001, 0.999, 1}, shape(3))
                    .mode(Mode.PROJECTED)
                    .seed(seed)
                    .run();
            assertEquals(4, result.wrong(), result::toString);
        }
    }
}
