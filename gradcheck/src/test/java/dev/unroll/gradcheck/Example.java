package dev.unroll.gradcheck;

import dev.unroll.gradcheck.Result.Verdict;
import dev.unroll.gradcheck.input.Input;
import dev.unroll.gradcheck.input.Samplers;
import dev.unroll.gradcheck.subject.TapeSubject;
import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Domain;
import dev.unroll.rnn.autograd.Domain.Range;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.init.Randoms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

    /** Sizes beside a large one. */
    private static final int OTHER_SIZE = 3;

    private static final int MOST = 50_000;

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
        return new Example(right, Samplers.inputs(right, Randoms.of(seed), largest), seed);
    }

    /**
     * Draws numbers only.
     *
     * @param input which is large
     * @param elements that it has at least; fewer if another input were then more than {@value #MOST}
     */
    static Example ofSize(Op right, long seed, int input, int elements) {
        List<MatchResult> words = words(right.domain().get(input));
        int factors = words.stream().mapToInt(Example::factor).reduce(1, (a, b) -> a * b);
        int size = (int) Math.ceil(Math.pow((double) elements / factors, 1.0 / words.size()));
        List<String> large = words.stream().map(word -> word.group(2)).toList();
        List<Input> inputs = inputs(right, large, size);
        while (inputs.stream().anyMatch(other -> ArrayMath.product(other.shape()) > MOST)) {
            inputs = inputs(right, large, --size);
        }
        return new Example(right, inputs, seed);
    }

    private static List<Input> inputs(Op op, List<String> large, int size) {
        List<Input> inputs = new ArrayList<>();
        for (Domain domain : op.domain()) {
            long[] shape = words(domain).stream()
                    .mapToLong(word -> factor(word) * (large.contains(word.group(2)) ? size : OTHER_SIZE))
                    .toArray();
            int limit = large.contains(domain.limit()) ? size : OTHER_SIZE;
            inputs.add(
                    domain.range() == Range.IDS ? Input.ids(limit, shape) : Input.drawn(domain.range(), shape));
        }
        return inputs;
    }

    private static List<MatchResult> words(Domain domain) {
        return SIZE.matcher(domain.shape()).results().toList();
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

    List<Input> inputs() {
        return inputs;
    }

    /** The numbers of all inputs, as a check draws them; the caller's to change. */
    double[][] values() {
        return values(Randoms.of(seed));
    }

    /** How many outputs the op has. */
    int outputs() {
        try (TapeSubject subject = subject(right, values())) {
            return subject.outputs(subject.point()).length;
        }
    }

    /** Whether the gradients of an op are others than those of the right one, by more than rounding. */
    boolean tellsApart(Op mutant) {
        double[][] wrong = gradients(mutant);
        for (int i = 0; i < wrong.length; i++) {
            double visible = Math.max(LEAST, VISIBLE * ArrayMath.largest(gradients[i]));
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
        RandomGenerator random = Randoms.of(seed);
        try (TapeSubject subject = subject(op, values(random))) {
            double[][] u = Arrays.stream(subject.outputs(subject.point()))
                    .map(output -> ArrayMath.cotangent(output.length, random))
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
        double[] ones = new double[(int) ArrayMath.product(input.shape())];
        Arrays.fill(ones, 1);
        return ones;
    }
}
