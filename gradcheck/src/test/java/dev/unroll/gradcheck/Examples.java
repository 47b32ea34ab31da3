package dev.unroll.gradcheck;

import dev.unroll.rnn.autograd.Op;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Examples of ops, the same ones again for all mutants of an op: the right rule is checked once at each. */
final class Examples {
    private record Key(String op, Mode mode) {}

    private final Map<Key, List<Example>> drawn = new HashMap<>();

    /**
     * An example at which the right rule passes; beside a kink no rule does.
     *
     * @param number from 0
     * @param largest size; always the same for a mode
     */
    Example get(Op right, Mode mode, int number, int largest) {
        List<Example> examples = drawn.computeIfAbsent(new Key(right.name(), mode), _ -> new ArrayList<>());
        for (long seed = 1000L * examples.size(); examples.size() <= number; seed++) {
            Example example = Example.draw(right, seed, largest);
            if (example.isGood(mode)) {
                examples.add(example);
                seed = 1000L * examples.size();
            }
        }
        return examples.get(number);
    }
}
