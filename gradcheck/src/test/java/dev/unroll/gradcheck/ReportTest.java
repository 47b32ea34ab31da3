package dev.unroll.gradcheck;

import static dev.unroll.gradcheck.GradCheck.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.input.Input;
import dev.unroll.kernels.Activation;
import dev.unroll.rnn.autograd.ActivationOps;
import dev.unroll.rnn.autograd.ArithmeticOps;
import dev.unroll.rnn.io.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
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
                "worst", "hint", "faults", "notes"), List.copyOf(json.keySet()));
        assertEquals("tanh", json.get("name"));
        assertEquals("RIGHT", json.get("verdict"));
        assertEquals("full Jacobian", json.get("mode"));
        assertEquals(3L, json.get("seed"));
        assertEquals(result.comparisons(), json.get("comparisons"));
        assertEquals(result.worst().analytic(), ((Map<?, ?>) json.get("worst")).get("analytic"));
        assertNull(json.get("hint"));
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
