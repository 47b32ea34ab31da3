package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.finding.Fault;
import dev.unroll.gradcheck.mutation.Mutant;
import dev.unroll.gradcheck.mutation.Mutation;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.autograd.Domain.Range;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpTable;
import org.junit.jupiter.api.Test;

/** A gradient that is 1% wrong in single precision alone is caught, though roundings there are a billion times larger. */
class SinglePrecisionMutantTest {
    private static final int EXAMPLES = 3;

    /** Whole vectors of sixteen floats, and tails. */
    private static final int LARGEST = 40;

    @Test
    void everyGradientThatIsOnePercentWrongInSinglePrecisionIsCaught() {
        try (Workspace memory = new Workspace("mutants")) {
            for (Op op : OpTable.all()) {
                for (Mutant mutant : Mutant.of(op, Example.draw(op, 1, 2).outputs(), memory)) {
                    if (mutant.mutation() == Mutation.TIMES_1_01) {
                        assertCaught(op, inSinglePrecision(mutant));
                    }
                }
            }
        }
    }

    private static Op inSinglePrecision(Mutant mutant) {
        Op right = mutant.right();
        Op wrong = mutant.op();
        return new Op(wrong.name(), right.domain(), right.forward(), call -> {
            boolean single = call.delta(0).type() == ElementType.F32;
            (single ? wrong : right).backward().run(call);
        });
    }

    private static void assertCaught(Op right, Op wrong) {
        boolean isCompared = right.domain().stream().noneMatch(domain -> domain.range() == Range.KINK_INSIDE);
        int seen = 0;
        for (long seed = 1; seen < EXAMPLES; seed++) {
            CheckBuilder check = GradCheck.of(wrong).seed(seed).sizesUpTo(LARGEST).mode(Mode.PROJECTED);
            assertEquals(Verdict.RIGHT, check.run().verdict(), () -> wrong + " is right in F64");
            Result result = check.singlePrecision().run();
            if (isCompared) {
                // A gradient that is 0 is right in every precision: there is no row that counts.
                boolean isZero = result.notes().stream().anyMatch(note -> note.contains("gets no gradient, or zeros"));
                if (isZero) {
                    continue;
                }
                assertEquals(Verdict.WRONG, result.verdict(), result::toString);
                assertTrue(
                        result.faults().stream()
                                .allMatch(fault -> fault.kind() == Fault.Kind.WRONG_IN_SINGLE_PRECISION),
                        result::toString);
            } else {
                // The slope beside a kink may be another after rounding. The library leaves it, and must say so.
                assertTrue(result.notes().stream().anyMatch(note -> note.contains("single precision are not compared")),
                        result::toString);
            }
            seen++;
        }
    }
}
