package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpTable;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Right rules pass at any inputs. {@code -Dunroll.gradcheck.cases=10000} runs as many as a release should see, which
 * takes minutes; without it there are fewer, within seconds.
 */
class FalseAlarmTest {
    private static final String CASES = "unroll.gradcheck.cases";

    /** Of every second case; full Jacobians of these take milliseconds. */
    private static final int SMALL = 5;

    /** Of the others: whole vectors, tails and several panels. */
    private static final int LARGE = 40;

    @Test
    void noRightRuleIsEverCalledWrongOrLeftUndecided() {
        List<Op> ops = OpTable.all();
        int cases = Integer.getInteger(CASES, 1000);
        assertTrue(cases >= 2 * ops.size(), () -> CASES + " must be at least " + 2 * ops.size() + ": two for each op");
        for (int i = 0; i < cases; i++) {
            Op op = ops.get(i / 2 % ops.size());
            boolean small = i % 2 == 0;
            GradCheck.of(op)
                    .seed(i)
                    .sizesUpTo(small ? SMALL : LARGE)
                    .mode(small ? Mode.FULL_JACOBIAN : Mode.PROJECTED)
                    .run()
                    .orThrow();
        }
    }
}
