package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.mutation.Mutant;
import dev.unroll.gradcheck.mutation.Mutation;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpTable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every gradient of every op of the table, wrong in every way that changes it, is caught. */
class MutationMatrixTest {
    private static final boolean FULL = Boolean.getBoolean("unroll.full");

    /** Examples at which each mutant must be caught, in each mode; more in the profile full. */
    private static final int EXAMPLES = FULL ? 3 : 1;

    private static final int LARGE_EXAMPLES = 2;

    /** How often an example is drawn at which a mutant is no equivalent of the right rule. */
    private static final int DRAWS = 40;

    /** Sizes of which the full Jacobian is a matter of milliseconds; mutants of 1 x 1 are mostly equivalents. */
    private static final int SMALL = 4;

    /** Sizes beyond a vector of eight doubles. */
    private static final int LARGE = 9;

    private final Workspace memory = new Workspace("mutants");
    private final List<String> faults = new ArrayList<>();
    private final Examples examples = new Examples();
    private int offset;

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void everyMutantOfEveryGradientIsCaughtByBothModesOrAProvenEquivalent() {
        MutationTable table = new MutationTable();
        for (Op op : OpTable.all()) {
            for (Mutant mutant : some(Mutant.of(op, Example.draw(op, 1, SMALL).outputs(), memory))) {
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

    /** In the profile full all mutants, otherwise a sixth: of each op other ones. */
    private List<Mutant> some(List<Mutant> all) {
        if (FULL) {
            return all;
        }
        offset++;
        return IntStream.range(0, all.size())
                .filter(i -> (i + offset) % 6 == 0)
                .mapToObj(all::get)
                .toList();
    }

    /** The number of examples that tell the mutant from the right op, at which it was caught. */
    private int caught(Mutant mutant, Mode mode, int largest) {
        Op wrong = mutant.op();
        int caught = 0;
        for (int draw = 0; draw < DRAWS && caught < EXAMPLES; draw++) {
            Example example = examples.get(mutant.right(), mode, draw, largest);
            if (example.tellsApart(wrong)) {
                assertCaught(example.check(wrong, mode));
                caught++;
            }
        }
        return caught;
    }

    /** At this example, not at another that was drawn since this one decided nothing. */
    private void assertCaught(Result result) {
        if (result.verdict() != Verdict.WRONG || result.draws() != 1) {
            faults.add("not caught: " + result);
        }
    }

    /** What is caught above is the mutation, and not the way in which mutants are made. */
    @Test
    void aMutantThatLosesNoTermIsRight() {
        for (Op op : OpTable.all()) {
            int outputs = Example.draw(op, 1, SMALL).outputs();
            for (Mutant mutant : Mutant.of(op, outputs, memory)) {
                if (mutant.mutation() == Mutation.SIGN && (FULL || offset++ % 3 == 0)) {
                    Op same = new Mutant(op, outputs, mutant.input(), Mutation.TERM_OF_OUTPUT, -1, memory).op();
                    examples.get(op, Mode.FULL_JACOBIAN, 0, SMALL).check(same, Mode.FULL_JACOBIAN).orThrow();
                    examples.get(op, Mode.PROJECTED, 0, LARGE).check(same, Mode.PROJECTED).orThrow();
                }
            }
        }
    }

    /** The bias of a GRU has 129: with a thousand elements its weights would have three million. */
    @Tag("full")
    @Test
    void oneWrongElementInAThousandIsCaughtByAProjectedCheck() {
        for (Op op : OpTable.all()) {
            for (Mutant mutant : Mutant.of(op, Example.draw(op, 1, SMALL).outputs(), memory)) {
                if (mutant.mutation() == Mutation.ONE_ELEMENT) {
                    int caught = 0;
                    for (long seed = 1; caught < LARGE_EXAMPLES; seed++) {
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
