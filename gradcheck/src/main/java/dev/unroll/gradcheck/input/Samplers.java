package dev.unroll.gradcheck.input;

import dev.unroll.gradcheck.util.ArrayMath;
import dev.unroll.rnn.autograd.Domain;
import dev.unroll.rnn.autograd.Domain.Range;
import dev.unroll.rnn.autograd.Op;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Random examples of what an op accepts, read from its domain; the same for the same seed on every machine. */
public final class Samplers {
    /** Least distance of values from a kink: twice the reach of the longest step of a difference. */
    private static final double AWAY_FROM_KINK = 0x1p-5;

    /** Two vectors of sixteen floats, the widest, and one element more. */
    private static final int WIDE = 33;

    /** About the largest of large values: nonlinearities are nearly, but not quite, flat there. */
    private static final double LARGE = 12;

    private static final Pattern SIZE = Pattern.compile("(\\d*)([a-z])");

    private Samplers() {}

    /**
     * Inputs of an op, of random sizes.
     *
     * @param op whose domain is read
     * @param random drawn from
     * @param largest size of a letter of the domain; 1 is drawn more often than others
     * @return one input for each of the op's
     * @throws IllegalArgumentException if the domain cannot be read
     */
    public static List<Input> inputs(Op op, RandomGenerator random, int largest) {
        return inputs(op, () -> size(random, largest));
    }

    /**
     * Inputs of an op, each letter of whose domain has a size that fills every vector along a row, and a part of one.
     *
     * @param op whose domain is read
     * @param random drawn from
     * @return one input for each of the op's
     * @throws IllegalArgumentException if the domain cannot be read
     */
    public static List<Input> wideInputs(Op op, RandomGenerator random) {
        return inputs(op, () -> random.nextInt(WIDE, WIDE + WIDE / 4));
    }

    /**
     * Inputs of an op whose real numbers are larger than those of other draws.
     *
     * @param op whose domain is read
     * @param random drawn from
     * @return one input for each of the op's, each letter of 3 or 4
     * @throws IllegalArgumentException if the domain cannot be read
     */
    public static List<Input> largeInputs(Op op, RandomGenerator random) {
        // A normalization of two large numbers has a gradient that is nothing but rounding.
        return inputs(op, () -> random.nextInt(3, 5)).stream().map(Input::large).toList();
    }

    private static List<Input> inputs(Op op, IntSupplier size) {
        Map<String, Integer> sizes = new TreeMap<>();
        List<Input> inputs = new ArrayList<>();
        for (Domain domain : op.domain()) {
            long[] shape = shape(op, domain, sizes, size);
            inputs.add(
                    domain.range() == Range.IDS
                            ? Input.ids(sizeOf(domain.limit(), sizes, size), shape)
                            : Input.drawn(domain.range(), shape));
        }
        return inputs;
    }

    private static long[] shape(
            Op op, Domain domain, Map<String, Integer> sizes, IntSupplier size) {
        String[] words = domain.shape().split(" ");
        long[] shape = new long[words.length];
        for (int i = 0; i < words.length; i++) {
            Matcher word = SIZE.matcher(words[i]);
            if (!word.matches()) {
                throw new IllegalArgumentException("op " + op + ": the size \"" + words[i] + "\" of domain \""
                        + domain.shape() + "\" is not a letter with an optional factor before it, such as 4n");
            }
            long factor = word.group(1).isEmpty() ? 1 : Long.parseLong(word.group(1));
            shape[i] = factor * sizeOf(word.group(2), sizes, size);
        }
        return shape;
    }

    private static int sizeOf(String letter, Map<String, Integer> sizes, IntSupplier size) {
        return sizes.computeIfAbsent(letter, _ -> size.getAsInt());
    }

    /**
     * Numbers of a domain. Real numbers are uniform, and smaller the longer the row, so that sums of products of a row
     * stay in the range where nonlinearities have slopes to be checked.
     *
     * @param range which numbers
     * @param limit every id is below it
     * @param random drawn from
     * @param shape sizes
     * @return row by row; ids as whole numbers
     */
    public static double[] values(Range range, int limit, RandomGenerator random, long... shape) {
        double bound = Math.max(0.25, Math.min(1.5, 3 / Math.sqrt(shape[shape.length - 1])));
        double[] drawn = new double[Math.toIntExact(ArrayMath.product(shape))];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = switch (range) {
                case IDS -> random.nextInt(limit);
                case REAL, KINK_INSIDE -> random.nextDouble(-bound, bound);
                case POSITIVE -> random.nextDouble(bound / 4, bound);
                case ABOVE_ONE -> 1 + random.nextDouble(AWAY_FROM_KINK, 3);
                case TARGET -> target(random);
                // The first is above 0, so that they are not all 0.
                case WEIGHT -> i > 0 && random.nextInt(4) == 0 ? 0 : random.nextDouble(0.25, bound + 0.25);
                case KINK_AT_ZERO -> sign(random) * random.nextDouble(AWAY_FROM_KINK, bound);
            };
        }
        if (range == Range.IDS && drawn.length > 1) {
            repeatOne(drawn);
        }
        return drawn;
    }

    /** Rows that are looked up twice get the sum of two gradients. */
    private static void repeatOne(double... ids) {
        if (Arrays.stream(ids).distinct().count() == ids.length) {
            ids[ids.length - 1] = ids[0];
        }
    }

    /** The same, but half of the real numbers are up to {@value #LARGE} from 0. */
    static double[] largeValues(Range range, int limit, RandomGenerator random, long... shape) {
        double[] drawn = values(range, limit, random, shape);
        if (range == Range.REAL || range == Range.KINK_AT_ZERO || range == Range.KINK_INSIDE
                || range == Range.POSITIVE) {
            double factor = LARGE / ArrayMath.largest(drawn);
            Arrays.setAll(drawn, i -> random.nextBoolean() ? factor * drawn[i] : drawn[i]);
        }
        return drawn;
    }

    /** Returns what all numbers of a domain of real numbers are above. */
    static double least(Range range) {
        return switch (range) {
            case POSITIVE -> 0;
            case ABOVE_ONE -> 1;
            default -> Double.NEGATIVE_INFINITY;
        };
    }

    /**
     * Numbers of a domain of real numbers, uniform in the part of a range that the domain allows.
     *
     * @param range which numbers
     * @param low the smallest
     * @param high the largest; above {@link #least}
     * @param random drawn from
     * @param shape sizes
     * @return row by row
     */
    static double[] values(Range range, double low, double high, RandomGenerator random, long... shape) {
        // Steps must not leave the domain; those of numbers near 0 are short.
        double inside = range == Range.ABOVE_ONE ? Math.min(AWAY_FROM_KINK, (high - 1) / 2) : 0;
        double length = high - Math.max(low, least(range) + inside);
        double away = range == Range.KINK_AT_ZERO
                ? Math.min(AWAY_FROM_KINK, Math.max(Math.abs(low), Math.abs(high)) / 2)
                : 0;
        double[] drawn = new double[Math.toIntExact(ArrayMath.product(shape))];
        for (int i = 0; i < drawn.length; i++) {
            do {
                drawn[i] = high - random.nextDouble(length); // the high end and not the low one, which may be forbidden
            } while (Math.abs(drawn[i]) < away);
        }
        return drawn;
    }

    /** Zeros, ones, and numbers between them. */
    private static double target(RandomGenerator random) {
        int choice = random.nextInt(4);
        return choice < 2 ? choice : random.nextDouble();
    }

    /**
     * Lengths of the sequences of a batch: one of them fills all steps.
     *
     * @param random drawn from
     * @param batch how many sequences
     * @param steps the longest length
     * @return a length from 1 to steps for each sequence
     */
    public static int[] lengths(RandomGenerator random, int batch, int steps) {
        int[] lengths = random.ints(batch, 1, steps + 1).toArray();
        lengths[random.nextInt(batch)] = steps;
        return lengths;
    }

    /**
     * A shape.
     *
     * @param random drawn from
     * @param dimensions how many sizes
     * @param largest size; 1 is drawn more often than others
     * @return sizes from 1
     */
    public static long[] shape(RandomGenerator random, int dimensions, int largest) {
        long[] shape = new long[dimensions];
        Arrays.setAll(shape, _ -> size(random, largest));
        return shape;
    }

    private static int size(RandomGenerator random, int largest) {
        return random.nextInt(4) == 0 ? 1 : random.nextInt(1, largest + 1);
    }

    private static int sign(RandomGenerator random) {
        return random.nextBoolean() ? 1 : -1;
    }
}
