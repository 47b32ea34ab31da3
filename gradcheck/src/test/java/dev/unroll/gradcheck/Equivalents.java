package dev.unroll.gradcheck;

import dev.unroll.gradcheck.mutation.Mutant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The mutants that give the right gradient, with the proof of each; all others must be caught. A test holds this list
 * against what mutants do: one that changes nothing is listed, and one that is listed changes nothing.
 */
final class Equivalents {
    private static final Set<Integer> NONE = Set.of();

    /**
     * Of ops that are linear in some inputs, for each input whose values its gradient is a function of; gradients of all
     * other ops are a function of all inputs. Ids and masks get no gradient themselves.
     */
    private static final Map<String, List<Set<Integer>>> READ_BY = Map.ofEntries(
            Map.entry("add", List.of(NONE, NONE)), // da = db = delta
            Map.entry("combine(0.75, -1.5)", List.of(NONE, NONE)), // da = 0.75 delta, db = -1.5 delta
            Map.entry("add_row", List.of(NONE, NONE)), // dx = delta, drow = its column sums
            Map.entry("concat", List.of(NONE, NONE)), // da and db are columns of delta
            Map.entry("join_rows(3)", List.of(NONE, NONE, NONE)), // the gradient of each are rows of delta
            Map.entry("noise(0.5)", List.of(NONE)), // dx = delta
            Map.entry("dropout(0.375)", List.of(NONE)), // dx = mask delta, with a mask of seed and stream
            Map.entry("multiply", List.of(Set.of(1), Set.of(0))), // da = b delta, db = a delta
            Map.entry("matmul", List.of(Set.of(1), Set.of(0))), // dx = delta W^T, dW = x^T delta
            Map.entry("matmul_transposed", List.of(Set.of(1), Set.of(0))), // dx = delta W, dW = delta^T x
            Map.entry("affine", List.of(Set.of(1), Set.of(0), NONE)), // as matmul; db = column sums of delta
            Map.entry("lookup", List.of(NONE, Set.of(0))), // dtable[id_i] += delta[i]
            Map.entry("scatter_add", List.of(NONE, Set.of(0), NONE)), // dx[i] = delta[id_i], dbase = delta
            Map.entry("scale_rows", List.of(Set.of(1), NONE)), // dx[i] = f_i delta[i]
            Map.entry("layer_norm", List.of(Set.of(0, 1), Set.of(0), NONE)), // dgain = columns of z delta, dbias of delta
            Map.entry("select_rows", List.of(NONE, Set.of(0), Set.of(0)))); // da, db = rows of delta where the mask says

    private static final String WITH_WEIGHTS = "matmul|matmul_transposed|affine|rnn_.*|lstm|gru|reset_before_gru";

    private Equivalents() {}

    /** Why a mutant gives the right gradient, or null if it does not. */
    static String proof(Mutant mutant) {
        String op = mutant.right().name();
        return switch (mutant.mutation()) {
            case STALE_OPERAND, TRANSPOSED_OPERAND -> isRead(op, mutant.input(), mutant.part())
                    ? null
                    : "the op is linear: this gradient is no function of that input";
            case TERM_OF_COLUMN -> op.equals("concat") && mutant.input() == 0
                    ? "the last column of [a b] is b's: there is no such term in the gradient of a"
                    : null;
            case MEMORY_REUSED -> op.matches(WITH_WEIGHTS)
                    ? null
                    : "no product of a weight waits for the end of backward: all was read before";
            default -> null;
        };
    }

    private static boolean isRead(String op, int input, int operand) {
        List<Set<Integer>> reads = READ_BY.get(op);
        return reads == null || reads.get(input).contains(operand);
    }
}
