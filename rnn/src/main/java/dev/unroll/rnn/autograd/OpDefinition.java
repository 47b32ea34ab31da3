package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Tensor;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Builds an {@link Op}: declare its inputs, then its outputs and what it keeps, then its two computations. Every
 * declaration returns the index by which a {@link Call} gives the tensor.
 *
 * <pre>{@code
 * OpDefinition op = Op.define("product"); // y = a b, element by element
 * int a = op.input("m n"), b = op.input("m n"), y = op.output("m n");
 * Op product = op.build(call -> Elementwise.multiply(call.input(a), call.input(b), call.out(y), call.pool()), call -> {
 *     if (call.wants(a)) Elementwise.multiplyAdd(call.delta(y), call.input(b), call.gradient(a), call.pool());
 *     if (call.wants(b)) Elementwise.multiplyAdd(call.delta(y), call.input(a), call.gradient(b), call.pool());
 * });
 * }</pre>
 *
 * <p>A shape is a text of sizes: a letter with an optional factor before it, such as {@code "b 4n"}. Letters of outputs
 * must be those of inputs. Outputs may have sums, {@code "m n+k"}, and numbers, {@code "m 1"}.
 *
 * <p>For one thread.
 */
public final class OpDefinition {
    private static final Pattern TERM = Pattern.compile("(\\d*)([a-z]?)");

    private record Shape(ToLongFunction<Call> rows, ToLongFunction<Call> columns) {}

    private final String name;
    private List<Domain> domain = List.of(); // replaced and never changed, like the two below: ops share them
    private List<Shape> outputs = List.of();
    private List<Shape> kept = List.of();

    OpDefinition(String name) {
        this.name = name;
    }

    /**
     * Declares the next input, of any real numbers, and returns its index.
     *
     * @param shape sizes as words, such as {@code "b 4n"}
     * @return from 0
     */
    public int input(String shape) {
        return input(Domain.real(shape));
    }

    /**
     * Declares the next input, and returns its index.
     *
     * @param accepted its shape and numbers
     * @return from 0
     */
    public int input(Domain accepted) {
        domain = with(domain, accepted);
        return domain.size() - 1;
    }

    /**
     * Declares the next output, which is allocated before the forward computation runs.
     *
     * @param shape rows and columns, such as {@code "b 4n"}
     * @return its index among the outputs
     * @throws IllegalArgumentException if the shape cannot be read, or no input has one of its letters
     */
    public int output(String shape) {
        outputs = with(outputs, shape(shape));
        return outputs.size() - 1;
    }

    /**
     * Declares a tensor that backward needs too, allocated like an output.
     *
     * @param shape rows and columns, such as {@code "b 4n"}
     * @return its index among those that are kept
     * @throws IllegalArgumentException if the shape cannot be read, or no input has one of its letters
     */
    public int keep(String shape) {
        kept = with(kept, shape(shape));
        return kept.size() - 1;
    }

    /**
     * {@return an op with the declared operands}
     * @param forward computes outputs and what is kept
     * @param backward adds to the gradients of those inputs that {@linkplain Call#wants want} one
     */
    public Op build(Op.Computation forward, Op.Computation backward) {
        return build(name, forward, backward);
    }

    /** An op of another name with these operands, for ops that numbers are part of: they are made for every call. */
    Op build(String named, Op.Computation forward, Op.Computation backward) {
        List<Shape> made = outputs;
        List<Shape> stored = kept;
        return new Op(named, domain, call -> {
            for (int i = 0; i < made.size(); i++) {
                call.output(made.get(i).rows.applyAsLong(call), made.get(i).columns.applyAsLong(call));
            }
            for (int i = 0; i < stored.size(); i++) {
                call.keep(stored.get(i).rows.applyAsLong(call), stored.get(i).columns.applyAsLong(call));
            }
            forward.run(call);
        }, backward);
    }

    private static <T> List<T> with(List<T> some, T next) {
        return Stream.concat(some.stream(), Stream.of(next)).toList();
    }

    private Shape shape(String text) {
        String[] words = text.split(" ");
        if (words.length != 2) {
            throw new IllegalArgumentException(
                    "op " + name + ": the shape \"" + text + "\" is not rows and columns, such as \"m n\"");
        }
        return new Shape(size(text, words[0]), size(text, words[1]));
    }

    private ToLongFunction<Call> size(String shape, String word) {
        ToLongFunction<Call> sum = null;
        for (String term : word.split("\\+")) {
            Matcher parts = TERM.matcher(term);
            if (term.isEmpty() || !parts.matches()) {
                throw new IllegalArgumentException("op " + name + ": the size \"" + word + "\" of the shape \"" + shape
                        + "\" cannot be read; give numbers and letters, such as 4n or n+k");
            }
            long factor = parts.group(1).isEmpty() ? 1 : Long.parseLong(parts.group(1));
            ToLongFunction<Call> next = parts.group(2).isEmpty() ? _ -> factor : times(factor, parts.group(2));
            ToLongFunction<Call> before = sum;
            sum = before == null ? next : call -> before.applyAsLong(call) + next.applyAsLong(call);
        }
        return sum;
    }

    /** A multiple of the size that has a letter, read from the first input whose shape has it. */
    private ToLongFunction<Call> times(long factor, String letter) {
        for (int i = 0; i < domain.size(); i++) {
            int input = i;
            String[] words = domain.get(i).shape().split(" ");
            for (int axis = 0; axis < words.length; axis++) {
                Matcher word = TERM.matcher(words[axis]);
                if (word.matches() && word.group(2).equals(letter)) {
                    long divisor = word.group(1).isEmpty() ? 1 : Long.parseLong(word.group(1));
                    ToLongFunction<Tensor> size =
                            words.length == 1 ? Tensor::size : axis == 0 ? Tensor::rows : Tensor::columns;
                    return call -> factor * size.applyAsLong(call.input(input)) / divisor;
                }
            }
        }
        throw new IllegalArgumentException(
                "op " + name + ": no input has the size " + letter + "; declare inputs before outputs");
    }
}
