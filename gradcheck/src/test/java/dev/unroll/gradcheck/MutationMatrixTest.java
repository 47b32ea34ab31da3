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
import java.util.function.LongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every gradient of every op of the table, wrong in every way that changes it, is caught by both modes. */
class MutationMatrixTest {
    /** Examples at which each mutant must be caught, in each mode. */
    private static final int EXAMPLES = 3;

    /** How often an example is drawn at which a mutant is no equivalent of the right rule. */
    private static final int DRAWS = 60;

    private final Workspace memory = new Workspace("mutants");
    private final List<String> faults = new ArrayList<>();
    private final Map<String, List<Example>> examples = new TreeMap<>();

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void everyWrongGradientIsCaughtByBothModesUnlessItIsAnEquivalent() {
        MutationTable table = new MutationTable();
        for (Op op : Ops.table()) {
            for (Mutant mutant : Mutant.of(op, outputs(op), memory)) {
                boolean full = isCaught(mutant, Mode.FULL_JACOBIAN, 4);
                boolean projected = isCaught(mutant, Mode.PROJECTED, 9);
                table.add(mutant, full && projected);
            }
        }
        System.out.println(table);
        assertEquals(List.of(), faults, () -> String.join("\n", faults));
    }

    private int outputs(Op op) {
        return Example.draw(op, 1, 3).outputs();
    }

    /** False for an equivalent. */
    private boolean isCaught(Mutant mutant, Mode mode, int largest) {
        Op right = mutant.right();
        Op wrong = mutant.op();
        List<Example> drawn = examples.computeIfAbsent(right + " " + mode, _ -> new ArrayList<>());
        int caught = 0;
        for (int draw = 0; draw < DRAWS && caught < EXAMPLES; draw++) {
            if (draw == drawn.size()) {
                drawn.add(good(mode, draw, seed -> Example.draw(right, seed, largest)));
            }
            Example example = drawn.get(draw);
            if (example.tellsApart(wrong)) {
                Result result = example.check(wrong, mode);
                if (result.verdict() != Verdict.WRONG) {
                    faults.add("not caught: " + result);
                }
                caught++;
            }
        }
        if (caught > 0 && caught < EXAMPLES) {
            faults.add("only " + caught + " examples of " + mutant);
        }
        return caught > 0;
    }

    /** One at which the right rule passes; beside a kink no rule does. */
    private static Example good(Mode mode, int number, LongFunction<Example> draw) {
        long seed = 1000L * number;
        Example example = draw.apply(seed);
        while (!example.isGood(mode)) {
            example = draw.apply(++seed);
        }
        return example;
    }
}
