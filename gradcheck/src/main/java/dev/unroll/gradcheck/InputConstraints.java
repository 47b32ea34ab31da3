package dev.unroll.gradcheck;

import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.subject.Mask;
import dev.unroll.gradcheck.subject.MaskedSubject;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.util.ArrayMath;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** What a caller asks of the inputs: the range of drawn numbers, constants, and elements that are left out. */
final class InputConstraints {
    private final TreeMap<Integer, BitSet> masks = new TreeMap<>();
    private final BitSet constants = new BitSet();
    private double[] range;

    void drawWithin(double[] lowAndHigh) {
        range = lowAndHigh;
    }

    void makeConstant(int input) {
        constants.set(requireNumber(input));
    }

    void leaveOut(int input, boolean... left) {
        BitSet mask = masks.computeIfAbsent(requireNumber(input), _ -> new BitSet());
        for (int j = 0; j < left.length; j++) {
            mask.set(j, left[j]);
        }
    }

    private static int requireNumber(int input) {
        if (input < 0) {
            throw new IllegalArgumentException("inputs are counted from 0; there is none of " + input);
        }
        return input;
    }

    /** Returns the inputs with what is asked of them. */
    List<Input> on(List<Input> inputs) {
        requireInputs("constant", constants.length(), inputs.size());
        requireInputs("leaveOut", masks.isEmpty() ? 0 : masks.lastKey() + 1, inputs.size());
        return IntStream.range(0, inputs.size()).mapToObj(i -> on(i, inputs.get(i))).toList();
    }

    private static void requireInputs(String option, int needed, int inputs) {
        if (needed > inputs) {
            throw new IllegalArgumentException(option + "(...) names input " + (needed - 1) + ", but there are only "
                    + inputs + ", counted from 0");
        }
    }

    private Input on(int number, Input input) {
        Input drawn = range == null || !input.isDrawn() || !input.isDifferentiable()
                ? input
                : input.within(range[0], range[1]);
        return constants.get(number) ? drawn.constant() : drawn;
    }

    /** Returns a subject at these inputs without the elements that are left out. */
    Subject on(Subject subject, List<Input> inputs) {
        return masks.isEmpty() ? subject : new MaskedSubject(subject, new Mask(masksOfVariables(inputs)));
    }

    /** The variables of a subject begin with the inputs that get a gradient. */
    private Map<Integer, BitSet> masksOfVariables(List<Input> inputs) {
        Map<Integer, BitSet> ofVariables = new TreeMap<>();
        int variable = 0;
        for (int i = 0; i < inputs.size(); i++) {
            BitSet mask = masks.getOrDefault(i, new BitSet());
            Input input = inputs.get(i);
            if (mask.length() > ArrayMath.product(input.shape()) || !mask.isEmpty() && !input.isDifferentiable()) {
                throw new IllegalArgumentException("leaveOut(...) names element " + (mask.length() - 1) + " of input "
                        + i + ", which is " + input + "; it leaves out elements of an input that gets a gradient");
            }
            if (!mask.isEmpty()) {
                ofVariables.put(variable, mask);
            }
            variable += input.isDifferentiable() ? 1 : 0;
        }
        return ofVariables;
    }
}
