package dev.unroll.gradcheck;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Domain;
import dev.unroll.rnn.autograd.Domain.Values;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Parameters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Inputs of an op at which its right rule has passed, and which a check of a mutant of it sees again. */
final class Example {
    /**
     * How far a mutant's gradient must lie from the right one, relative to the largest: a hundred times what a check of
     * a difference that is as good as exact allows, as a projected one over hundreds of elements must see it too.
     */
    private static final double VISIBLE = 100 * GradCheck.TOLERANCE;

    /** The same for a gradient next to nothing: differences of functions of order 1 are wrong by 1e-10 or so. */
    private static final double LEAST = 1e-7;

    private static final Pattern SIZE = Pattern.compile("(\\d*)([a-z])");

    private final Op right;
    private final List<Input> inputs;
    private final long seed;
    private final double[][] gradients;

    private Example(Op right, List<Input> inputs, long seed) {
        this.right = right;
        this.inputs = inputs;
        this.seed = seed;
        gradients = gradients(right);
    }

    /**
     * Draws sizes and numbers.
     *
     * @param largest size
     */
    static Example draw(Op right, long seed, int largest) {
        return new Example(right, Samplers.inputs(right, Samplers.random(seed), largest), seed);
    }

    /**
     * Draws numbers only.
     *
     * @param elements which an input has at the least
     * @param input which
     */
    static Example ofSize(Op right, long seed, int input, int elements) {
        List<MatchResult> words = SIZE.matcher(right.domain().get(input).shape()).results().toList();
        int factors = words.stream().mapToInt(Example::factor).reduce(1, (a, b) -> a * b);
        int size = (int) Math.ceil(Math.pow((double) elements / factors, 1.0 / words.size()));
        Map<String, Integer> sizes = new TreeMap<>();
        words.forEach(word -> sizes.put(word.group(2), size));
        ToIntFunction<String> sizeOf = letter -> sizes.getOrDefault(letter, 3);
        List<Input> inputs = new ArrayList<>();
        for (Domain domain : right.domain()) {
            long[] shape = SIZE.matcher(domain.shape()).results()
                    .mapToLong(word -> factor(word) * sizeOf.applyAsInt(word.group(2)))
                    .toArray();
            inputs.add(
                    domain.values() == Values.IDS
                            ? Input.ids(domain.limit().matches("\\d+")
                                    ? Integer.parseInt(domain.limit())
                                    : sizeOf.applyAsInt(domain.limit()), shape)
                            : Input.drawn(domain.values(), shape));
        }
        return new Example(right, inputs, seed);
    }

    private static int factor(MatchResult word) {
        return word.group(1).isEmpty() ? 1 : Integer.parseInt(word.group(1));
    }

    /** Whether the right rule passes here, and not after another draw because there is a kink. */
    boolean isGood(Mode mode) {
        Result result = check(right, mode);
        if (result.verdict() == Verdict.WRONG) {
            throw new AssertionError("a false alarm: " + result);
        }
        return result.verdict() == Verdict.RIGHT && result.draws() == 1;
    }

    Result check(Op op, Mode mode) {
        return GradCheck.ofAll((tape, in) -> tape.apply(op, in), inputs.toArray(Input[]::new))
                .named(op.name())
                .mode(mode)
                .seed(seed)
                .run();
    }

    /** How many outputs the op has. */
    int outputs() {
        double[][] values = values(Samplers.random(seed));
        try (TapeSubject subject = subject(right, values)) {
            return subject.outputs(subject.point()).length;
        }
    }

    /** Whether the gradients of an op are others than those of the right one, by more than rounding. */
    boolean tellsApart(Op mutant) {
        double[][] wrong = gradients(mutant);
        for (int i = 0; i < wrong.length; i++) {
            double visible = Math.max(LEAST, VISIBLE * Vectors.largest(gradients[i]));
            for (int j = 0; j < wrong[i].length; j++) {
                if (!(Math.abs(wrong[i][j] - gradients[i][j]) <= visible)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Gradients by some cotangents, added to 1 that is there before. */
    private double[][] gradients(Op op) {
        RandomGenerator random = Samplers.random(seed);
        try (TapeSubject subject = subject(op, values(random))) {
            double[][] u = Arrays.stream(subject.outputs(subject.point()))
                    .map(output -> Vectors.cotangent(output.length, random))
                    .toArray(double[][]::new);
            double[][] before = inputs.stream().map(Example::ones).toArray(double[][]::new);
            return subject.run(true, subject.point(), _ -> true, pass -> {
                pass.backward(u, before);
                return subject.gradients(pass);
            });
        }
    }

    private double[][] values(RandomGenerator random) {
        return inputs.stream().map(input -> input.values(random)).toArray(double[][]::new);
    }

    private TapeSubject subject(Op op, double[][] values) {
        return new TapeSubject(
                (tape, in) -> tape.apply(op, in), inputs, values, new Parameters(), ElementType.F64);
    }

    private static double[] ones(Input input) {
        if (!input.isDifferentiable()) {
            return null;
        }
        double[] ones = new double[(int) Site.size(input.shape())];
        Arrays.fill(ones, 1);
        return ones;
    }
}
