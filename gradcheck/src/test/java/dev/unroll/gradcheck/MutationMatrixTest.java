package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Ops;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every gradient of every op of the table, wrong in every way that changes it, is caught. */
class MutationMatrixTest {
    /** Examples at which each mutant must be caught, in each mode. */
    private static final int EXAMPLES = 3;

    /** How often an example is drawn at which a mutant is no equivalent of the right rule. */
    private static final int DRAWS = 40;

    /** Sizes of which the full Jacobian is a matter of milliseconds; mutants of 1 x 1 are mostly equivalents. */
    private static final int SMALL = 4;

    /** Sizes beyond a vector of eight doubles. */
    private static final int LARGE = 9;

    private final Workspace memory = new Workspace("mutants");
    private final List<String> faults = new ArrayList<>();
    private final Map<String, List<Example>> examples = new TreeMap<>();

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void everyMutantOfEveryGradientIsCaughtByBothModesOrAProvenEquivalent() {
        MutationTable table = new MutationTable();
        for (Op op : Ops.table()) {
            for (Mutant mutant : Mutant.of(op, Example.draw(op, 1, SMALL).outputs(), memory)) {
                int full = caught(mutant, Mode.FULL_JACOBIAN, SMALL);
                int projected = caught(mutant, Mode.PROJECTED, LARGE);
                String proof = Equivalents.proof(mutant);
                int expected = proof == null ? EXAMPLES : 0;
                if (full != expected || projected != expected) {
                    faults.add(mutant + " was seen and caught at " + full + " examples by the full Jacobian and at "
                            + projected + " by projection; expected " + expected);
                }
                table.add(mutant, proof);
            }
        }
        System.out.println(table);
        assertEquals(0, faults.size(), () -> String.join("\n", faults));
    }

    /** The number of examples that tell the mutant from the right op, at which it was caught. */
    private int caught(Mutant mutant, Mode mode, int largest) {
        Op wrong = mutant.op();
        int caught = 0;
        for (int draw = 0; draw < DRAWS && caught < EXAMPLES; draw++) {
            Example example = example(mutant.right(), mode, draw, largest);
            if (example.tellsApart(wrong)) {
                assertCaught(example.check(wrong, mode));
                caught++;
            }
        }
        return caught;
    }

    /** An example at which the right rule passes; beside a kink no rule does. */
    private Example example(Op right, Mode mode, int number, int largest) {
        List<Example> drawn = examples.computeIfAbsent(right + " " + mode, _ -> new ArrayList<>());
        for (long seed = 1000L * number; drawn.size() <= number; seed++) {
            Example example = Example.draw(right, seed, largest);
            if (example.isGood(mode)) {
                drawn.add(example);
            }
        }
        return drawn.get(number);
    }

    /** At this example, not at another that was drawn since this one decided nothing. */
    private void assertCaught(Result result) {
        if (result.verdict() != Verdict.WRONG || result.draws() != 1) {
            faults.add("not caught: " + result);
        }
    }

    /** The bias of a GRU has 129: with a thousand elements its weights would have three million. */
    @Test
    void oneWrongElementInAThousandIsCaughtByAProjectedCheck() {
        for (Op op : Ops.table()) {
            for (Mutant mutant : Mutant.of(op, Example.draw(op, 1, SMALL).outputs(), memory)) {
                if (mutant.mutation() == Mutation.ONE_ELEMENT) {
                    int caught = 0;
                    for (long seed = 1; caught < EXAMPLES; seed++) {
                        Example example = Example.ofSize(op, seed, mutant.input(), 1000);
                        if (example.isGood(Mode.PROJECTED) && example.tellsApart(mutant.op())) {
                            assertCaught(example.check(mutant.op(), Mode.PROJECTED));
                            caught++;
                        }
                    }
                }
            }
        }
        assertEquals(0, faults.size(), () -> String.join("\n", faults));
    }
}
