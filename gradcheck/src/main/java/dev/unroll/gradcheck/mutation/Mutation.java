package dev.unroll.gradcheck.mutation;

import dev.unroll.rnn.autograd.Domain;
import dev.unroll.rnn.autograd.Domain.Range;
import dev.unroll.rnn.autograd.LossOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.RandomOps;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A way in which a backward rule is wrong. A rule goes from inputs and the gradients of outputs ("deltas") to the gradient
 * of an input; a mutation changes one of these on the way, and all the rest is right.
 */
public enum Mutation {
    TIMES_1_01("x1.01", "is 1.01 times as large") {
        @Override
        Matrix gradient(Matrix right) {
            return right.times(1.01);
        }
    },
    TIMES_1_0001("x1.0001", "is 1.0001 times as large") {
        @Override
        Matrix gradient(Matrix right) {
            return right.times(1.0001);
        }
    },
    SIGN("sign", "has the other sign") {
        @Override
        Matrix gradient(Matrix right) {
            return right.times(-1);
        }
    },
    MISSING("missing", "is zero") {
        @Override
        Matrix gradient(Matrix right) {
            return right.times(0);
        }
    },
    /** The term that the last row of the deltas adds, such as the last step's. */
    TERM_OF_ROW("row term", "lacks what the last row of the outputs adds") {
        @Override
        Matrix delta(int output, int part, Matrix right) {
            return right.withLastRow(0);
        }
    },
    /** The term that the last column of the deltas adds. */
    TERM_OF_COLUMN("col term", "lacks what the last column of the outputs adds") {
        @Override
        Matrix delta(int output, int part, Matrix right) {
            return right.withoutLastColumn();
        }
    },
    /** The term that one of several outputs adds. */
    TERM_OF_OUTPUT("out term", "lacks what one output adds") {
        @Override
        List<Integer> parts(Op right, int outputs, int input) {
            return outputs == 1 ? NOWHERE : IntStream.range(0, outputs).boxed().toList();
        }

        @Override
        Matrix delta(int output, int part, Matrix right) {
            return output == part ? right.times(0) : right;
        }
    },
    TRANSPOSED("transp.", "is transposed") {
        @Override
        List<Integer> parts(Op right, int outputs, int input) {
            return isMatrix(right, input) ? ONCE : NOWHERE;
        }

        @Override
        Matrix gradient(Matrix right) {
            return right.transposed();
        }
    },
    /** The transpose of what backward reads, such as W where it should be the transpose of W. */
    TRANSPOSED_OPERAND("operand^T", "is computed with another input transposed") {
        @Override
        List<Integer> parts(Op right, int outputs, int input) {
            return inputs(right).filter(j -> isMatrix(right, j)).boxed().toList();
        }

        @Override
        Matrix operand(int j, int part, Matrix right) {
            return j == part ? right.transposed() : right;
        }
    },
    /** Backward reads another step's rows of an input than forward did: state, ids, weights or targets of before. */
    STALE_OPERAND("stale", "is computed with another input's rows shifted by one") {
        @Override
        List<Integer> parts(Op right, int outputs, int input) {
            return inputs(right).boxed().toList();
        }

        @Override
        Matrix operand(int j, int part, Matrix right) {
            return j == part ? right.rotated() : right;
        }
    },
    OFF_BY_ONE_STEP("off by 1", "is shifted by one row") {
        @Override
        Matrix gradient(Matrix right) {
            return right.shifted();
        }
    },
    NOT_ADDED("no +=", "overwrites what is there"),
    /** As if every row counted fully, or as if nothing had been dropped. */
    MASK_MISSING("no mask", "is computed as if nothing were masked") {
        @Override
        List<Integer> parts(Op right, int outputs, int input) {
            List<Integer> masks = inputs(right).filter(j -> isMask(right.domain().get(j))).boxed().toList();
            return !masks.isEmpty() ? masks : WITHOUT_MASK.containsKey(right.name()) ? ONCE : NOWHERE;
        }

        @Override
        Op computedBy(Op right) {
            return WITHOUT_MASK.getOrDefault(right.name(), right);
        }

        @Override
        Matrix operand(int j, int part, Matrix right) {
            return j == part ? right.ones() : right;
        }
    },
    ROW_IS_NAN("NaN row", "has a last row of NaN") {
        @Override
        Matrix gradient(Matrix right) {
            return right.withLastRow(Double.NaN);
        }
    },
    /** The last row is what happened to be in memory. */
    ROW_NOT_WRITTEN("unwritten", "has a last row of unwritten memory"),
    LAST_ROW("last row", "lacks its last row") {
        @Override
        Matrix gradient(Matrix right) {
            return right.withLastRow(0);
        }
    },
    LAST_COLUMN("last col", "lacks its last column") {
        @Override
        List<Integer> parts(Op right, int outputs, int input) {
            return isMatrix(right, input) ? ONCE : NOWHERE;
        }

        @Override
        Matrix gradient(Matrix right) {
            return right.withoutLastColumn();
        }
    },
    FIRST_ROW("first row", "lacks its first row") {
        @Override
        Matrix gradient(Matrix right) {
            return right.withRowTimes(0, 0);
        }
    },
    FIRST_COLUMN("first col", "lacks its first column") {
        @Override
        List<Integer> parts(Op right, int outputs, int input) {
            return isMatrix(right, input) ? ONCE : NOWHERE;
        }

        @Override
        Matrix gradient(Matrix right) {
            return right.withColumnTimes(0, 0);
        }
    },
    ROW_TWICE("row x2", "has its last row twice") {
        @Override
        Matrix gradient(Matrix right) {
            return right.withRowTimes(right.rows() - 1, 2);
        }
    },
    COLUMN_TWICE("col x2", "has its last column twice") {
        @Override
        List<Integer> parts(Op right, int outputs, int input) {
            return isMatrix(right, input) ? ONCE : NOWHERE;
        }

        @Override
        Matrix gradient(Matrix right) {
            return right.withColumnTimes(right.columns() - 1, 2);
        }
    },
    ELEMENT_MISSING("no elem.", "lacks one element") {
        @Override
        Matrix gradient(Matrix right) {
            return right.withLargestTimes(0);
        }
    },
    ELEMENT_TWICE("elem. x2", "has one element twice") {
        @Override
        Matrix gradient(Matrix right) {
            return right.withLargestTimes(2);
        }
    },
    ONE_ELEMENT("1 element", "is off by 1% in one element") {
        @Override
        Matrix gradient(Matrix right) {
            return right.withOneWrongElement();
        }
    },
    /** One rule for all inputs; what it computed with is used again before products that wait are made. */
    MEMORY_REUSED("reused", "is computed with memory that was used again too early") {
        @Override
        List<Integer> parts(Op right, int outputs, int input) {
            return input == firstWithGradient(right) ? ONCE : NOWHERE;
        }
    };

    private static final List<Integer> ONCE = List.of(-1);
    private static final List<Integer> NOWHERE = List.of();

    /** Ops whose mask is no input of theirs, and the same without it. */
    private static final Map<String, Op> WITHOUT_MASK = Map.of(
            "dropout(0.375)", RandomOps.dropout(0, 1, 2),
            "cross_entropy(ignoring 0)", LossOps.crossEntropy(-1));

    /** Mutations of what a rule reads, or of how it writes: they need the rule itself, not only what it computes. */
    private static final Set<Mutation> OF_RULES =
            EnumSet.of(TRANSPOSED_OPERAND, STALE_OPERAND, NOT_ADDED, MASK_MISSING, ROW_NOT_WRITTEN, MEMORY_REUSED);

    private final String heading;
    private final String text;

    Mutation(String heading, String text) {
        this.heading = heading;
        this.text = text;
    }

    /** The heading of a table's column. */
    public String heading() {
        return heading;
    }

    /** Says what is wrong with the gradient, after the name of the input and for a part that {@link #parts} gives. */
    public String text(int part) {
        return text.replace("another input", "input " + part).replace("one output", "output " + part);
    }

    /** Tells whether it needs nothing of a rule but the gradients that it computes. */
    boolean isOfGradients() {
        return !OF_RULES.contains(this);
    }

    /**
     * What it can be done to: numbers of inputs or outputs, -1 if there is no choice; empty if it cannot be done.
     *
     * @param outputs how many the op has
     * @param input whose gradient becomes wrong
     */
    List<Integer> parts(Op right, int outputs, int input) {
        return ONCE;
    }

    /** The op whose backward rule computes the gradient. */
    Op computedBy(Op right) {
        return right;
    }

    /** What it reads as input j. */
    Matrix operand(int j, int part, Matrix right) {
        return right;
    }

    /** What it reads as the gradient of an output. */
    Matrix delta(int output, int part, Matrix right) {
        return right;
    }

    /** What becomes of the gradient of the input. */
    Matrix gradient(Matrix right) {
        return right;
    }

    private static IntStream inputs(Op op) {
        return IntStream.range(0, op.domain().size());
    }

    private static boolean isMatrix(Op op, int input) {
        return op.domain().get(input).shape().contains(" ");
    }

    private static boolean isMask(Domain domain) {
        return domain.range() == Range.WEIGHT || domain.limit().equals("2");
    }

    private static int firstWithGradient(Op op) {
        return inputs(op).filter(i -> op.domain().get(i).range().hasGradient()).findFirst().orElseThrow();
    }
}
