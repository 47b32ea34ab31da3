package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.Tensor;

/** The ops of the table as calls on a {@link Tape}. */
public abstract sealed class TapeOps permits Tape {
    TapeOps() {}

    /**
     * Runs an op, and records it if a gradient will be needed.
     *
     * @param op from the table, or a user's own
     * @param inputs as the op's domain says
     * @return the op's outputs
     * @throws IllegalArgumentException if an input wants a gradient that the op has none for, such as targets
     */
    public abstract Variable[] apply(Op op, Variable... inputs);

    /**
     * Zeros as an input.
     *
     * @param rows of it
     * @param columns of it
     * @return a constant {@code [rows, columns]}
     */
    public abstract Variable zeros(long rows, long columns);

    /**
     * Whether dropout takes place.
     *
     * @return true after {@link Tape#training}
     */
    public abstract boolean isTraining();

    /**
     * The seed of what is random.
     *
     * @return what {@link Tape#training} was given
     */
    public abstract long seed();

    /**
     * A stream of random numbers that no other call on this tape has.
     *
     * @return its number
     */
    public abstract long nextStream();

    /**
     * {@code a + b}.
     *
     * @param a any matrix
     * @param b of the same shape
     * @return of the same shape
     */
    public Variable add(Variable a, Variable b) {
        return apply(Ops.ADD, a, b)[0];
    }

    /**
     * {@code a b}, element by element.
     *
     * @param a any matrix
     * @param b of the same shape
     * @return of the same shape
     */
    public Variable multiply(Variable a, Variable b) {
        return apply(Ops.MULTIPLY, a, b)[0];
    }

    /**
     * {@code alpha a + beta b}.
     *
     * @param alpha any number
     * @param a any matrix
     * @param beta any number
     * @param b of the same shape
     * @return of the same shape
     */
    public Variable combine(double alpha, Variable a, double beta, Variable b) {
        return apply(Ops.combine(alpha, beta), a, b)[0];
    }

    /**
     * Adds a row to every row.
     *
     * @param x {@code [m, n]}
     * @param row {@code [n]}
     * @return {@code [m, n]}
     */
    public Variable addRow(Variable x, Variable row) {
        return apply(Ops.ADD_ROW, x, row)[0];
    }

    /**
     * The matrix product {@code x W}.
     *
     * @param x {@code [m, k]}
     * @param w {@code [k, n]}
     * @return {@code [m, n]}
     */
    public Variable matmul(Variable x, Variable w) {
        return apply(Ops.MATMUL, x, w)[0];
    }

    /**
     * The matrix product {@code x W^T}.
     *
     * @param x {@code [m, k]}
     * @param w {@code [n, k]}
     * @return {@code [m, n]}
     */
    public Variable matmulTransposed(Variable x, Variable w) {
        return apply(Ops.MATMUL_TRANSPOSED, x, w)[0];
    }

    /**
     * {@code x W + b}.
     *
     * @param x {@code [m, k]}
     * @param w {@code [k, n]}
     * @param b {@code [n]}, added to every row
     * @return {@code [m, n]}
     */
    public Variable affine(Variable x, Variable w, Variable b) {
        return apply(Ops.AFFINE, x, w, b)[0];
    }

    /**
     * An element-wise nonlinearity.
     *
     * @param f which
     * @param x any matrix
     * @return of the same shape
     */
    public Variable activate(Activation f, Variable x) {
        return apply(Ops.ACTIVATE.get(f), x)[0];
    }

    /**
     * {@code 1 / (1 + e^-x)}.
     *
     * @param x any matrix
     * @return of the same shape
     */
    public Variable sigmoid(Variable x) {
        return activate(Activation.SIGMOID, x);
    }

    /**
     * {@code tanh x}.
     *
     * @param x any matrix
     * @return of the same shape
     */
    public Variable tanh(Variable x) {
        return activate(Activation.TANH, x);
    }

    /**
     * Rows of a table.
     *
     * @param ids {@code [m]} of I32
     * @param table {@code [v, n]}
     * @return {@code [m, n]}
     */
    public Variable lookup(Variable ids, Variable table) {
        return apply(Ops.LOOKUP, ids, table)[0];
    }

    /**
     * Adds rows to those of a table.
     *
     * @param ids {@code [m]} of I32
     * @param x {@code [m, n]}
     * @param base {@code [v, n]}
     * @return base with every row of x added to the row of its id
     */
    public Variable scatterAdd(Variable ids, Variable x, Variable base) {
        return apply(RowOps.SCATTER_ADD, ids, x, base)[0];
    }

    /**
     * Every row times a number of its own.
     *
     * @param x {@code [m, n]}
     * @param factors one a row
     * @return {@code [m, n]}
     */
    public Variable scaleRows(Variable x, double... factors) {
        Variable matrix = zeros(x.value().rows(), x.value().columns());
        Tensor rows = matrix.value();
        for (int i = 0; i < factors.length; i++) {
            for (long j = 0; j < rows.columns(); j++) {
                rows.set(i, j, factors[i]);
            }
        }
        return multiply(x, matrix);
    }

    /**
     * Rows of one matrix or of another.
     *
     * @param mask {@code [m]} of I32, 1 for a row of a and 0 for one of b
     * @param a {@code [m, n]}
     * @param b {@code [m, n]}
     * @return {@code [m, n]}
     */
    public Variable selectRows(Variable mask, Variable a, Variable b) {
        return apply(RowOps.SELECT_ROWS, mask, a, b)[0];
    }

    /**
     * Matrices side by side.
     *
     * @param a {@code [m, n]}
     * @param b {@code [m, k]}
     * @return {@code [m, n + k]}
     */
    public Variable concat(Variable a, Variable b) {
        return apply(RowOps.CONCAT, a, b)[0];
    }

    /**
     * A step of a simple recurrent network, {@code h' = f(p + h W)}.
     *
     * @param f which nonlinearity
     * @param p {@code [b, n]}, the input's part with the bias
     * @param h {@code [b, m]}
     * @param w {@code [m, n]}
     * @return {@code h'}, {@code [b, n]}
     * @throws IllegalArgumentException if the nonlinearity is not one of all real numbers
     */
    public Variable rnn(Activation f, Variable p, Variable h, Variable w) {
        if (!Ops.RNN.containsKey(f)) {
            throw new IllegalArgumentException("rnn: " + f + " is not defined below 0; use one of " + Ops.RNN.keySet());
        }
        return apply(Ops.RNN.get(f), p, h, w)[0];
    }

    /**
     * A step with two products, {@code h' = f(p + z W + h S)}.
     *
     * @param f which nonlinearity
     * @param p {@code [b, n]}, the input's part with the bias
     * @param z {@code [b, k]}
     * @param w {@code [k, n]}
     * @param h {@code [b, m]}
     * @param s {@code [m, n]}
     * @return {@code h'}, {@code [b, n]}
     */
    public Variable rnn(Activation f, Variable p, Variable z, Variable w, Variable h, Variable s) {
        return apply(Ops.RNN_SHORTCUT.get(f), p, z, w, h, s)[0];
    }

    /**
     * A step of an LSTM; gates lie as {@code i f g o}.
     *
     * @param p {@code [b, 4n]}, the input's part with the bias
     * @param h {@code [b, m]}
     * @param c {@code [b, n]}
     * @param w {@code [m, 4n]}
     * @return {@code h'} and {@code c'}, each {@code [b, n]}
     */
    public Variable[] lstm(Variable p, Variable h, Variable c, Variable w) {
        return apply(Ops.LSTM, p, h, c, w);
    }

    /**
     * A step of an LSTM whose gates were made in another way; they lie as {@code i f g o}.
     *
     * @param p {@code [b, 4n]}, the gates before their nonlinearities
     * @param c {@code [b, n]}
     * @return {@code h'} and {@code c'}, each {@code [b, n]}
     */
    public Variable[] lstm(Variable p, Variable c) {
        return apply(Ops.LSTM_GATES, p, c);
    }

    /**
     * A step of a GRU, reset after the matrix product; gates lie as {@code r z n}.
     *
     * @param p {@code [b, 3n]}, the input's part with the bias
     * @param h {@code [b, n]}
     * @param w {@code [n, 3n]}
     * @param bias {@code [n]}, of the state's part of the candidate
     * @return {@code h'}, {@code [b, n]}
     */
    public Variable gru(Variable p, Variable h, Variable w, Variable bias) {
        return apply(Ops.GRU, p, h, w, bias)[0];
    }

    /**
     * The mean over rows of the cross-entropy of a softmax, in nats.
     *
     * @param logits {@code [m, v]}
     * @param targets {@code [m]} of I32
     * @return {@code [1, 1]}
     */
    public Variable crossEntropy(Variable logits, Variable targets) {
        return apply(LossOps.CROSS_ENTROPY, logits, targets)[0];
    }

    /**
     * The same mean over those rows only whose target is not a certain one; 0 if there are none.
     *
     * @param logits {@code [m, v]}
     * @param targets {@code [m]} of I32
     * @param ignored the target of rows that do not count, such as -1
     * @return {@code [1, 1]}
     */
    public Variable crossEntropy(Variable logits, Variable targets, int ignored) {
        return apply(LossOps.crossEntropy(ignored), logits, targets)[0];
    }

    /**
     * The same mean with a weight for every row: the sum of weighted losses over that of the weights.
     *
     * @param logits {@code [m, v]}
     * @param targets {@code [m]} of I32
     * @param ignored the target of rows that do not count, such as -1
     * @param weights {@code [m]}, a constant
     * @return {@code [1, 1]}
     */
    public Variable crossEntropy(Variable logits, Variable targets, int ignored, Variable weights) {
        return apply(LossOps.weightedCrossEntropy(ignored), logits, targets, weights)[0];
    }

    /**
     * The mean over rows of the negative log-probability of independent bits, in nats: that of a row is the sum over its
     * columns of {@code -t log s - (1 - t) log(1 - s)} with {@code s = sigmoid(logit)}.
     *
     * @param logits {@code [m, n]}
     * @param targets {@code [m, n]}, each from 0 to 1, a constant
     * @return {@code [1, 1]}
     */
    public Variable binaryCrossEntropy(Variable logits, Variable targets) {
        return apply(LossOps.BINARY_CROSS_ENTROPY, logits, targets)[0];
    }

    /**
     * The same mean with a weight for every row, such as 0 for padding: the sum of weighted losses over that of the
     * weights.
     *
     * @param logits {@code [m, n]}
     * @param targets {@code [m, n]}, each from 0 to 1, a constant
     * @param weights {@code [m]}, a constant
     * @return {@code [1, 1]}
     */
    public Variable binaryCrossEntropy(Variable logits, Variable targets, Variable weights) {
        return apply(LossOps.WEIGHTED_BINARY_CROSS_ENTROPY, logits, targets, weights)[0];
    }

    /**
     * The mean of all squared errors.
     *
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}, a constant
     * @return {@code [1, 1]}
     */
    public Variable squaredError(Variable x, Variable targets) {
        return apply(LossOps.SQUARED_ERROR, x, targets)[0];
    }

    /**
     * The weighted mean over rows of the mean squared error of each.
     *
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}, a constant
     * @param weights {@code [m]}, a constant
     * @return {@code [1, 1]}
     */
    public Variable squaredError(Variable x, Variable targets, Variable weights) {
        return apply(LossOps.WEIGHTED_SQUARED_ERROR, x, targets, weights)[0];
    }

    /**
     * The mean loss of Huber.
     *
     * @param delta above 0, where the loss becomes linear
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}, a constant
     * @return {@code [1, 1]}
     */
    public Variable huber(double delta, Variable x, Variable targets) {
        return apply(LossOps.huber(delta), x, targets)[0];
    }

    /**
     * The weighted mean over rows of the mean loss of Huber of each.
     *
     * @param delta above 0, where the loss becomes linear
     * @param x {@code [m, n]}
     * @param targets {@code [m, n]}, a constant
     * @param weights {@code [m]}, a constant
     * @return {@code [1, 1]}
     */
    public Variable huber(double delta, Variable x, Variable targets, Variable weights) {
        return apply(LossOps.weightedHuber(delta), x, targets, weights)[0];
    }

    /**
     * Dropout with a mask of its own while {@linkplain Tape#training training}; x itself otherwise.
     *
     * @param rate the probability of becoming 0, from 0 to less than 1
     * @param x any matrix
     * @return of the same shape
     */
    public Variable dropout(double rate, Variable x) {
        return isTraining() ? dropout(rate, seed(), nextStream(), x) : x;
    }

    /**
     * Dropout: elements become 0 with a probability, the others are divided by that of staying. Which ones is a function
     * of seed, stream and place alone, see {@link dev.unroll.kernels.Dropout}.
     *
     * @param rate the probability of becoming 0, from 0 to less than 1
     * @param seed of the run
     * @param stream a number of its own for every call of a run whose mask shall be another
     * @param x any matrix
     * @return of the same shape
     */
    public Variable dropout(double rate, long seed, long stream, Variable x) {
        return apply(RandomOps.dropout(rate, seed, stream), x)[0];
    }

    /**
     * Gaussian noise: a function of seed, stream and place alone, see {@link dev.unroll.kernels.Noise}.
     *
     * @param sigma the standard deviation, at least 0
     * @param seed of the run
     * @param stream a number of its own for every call of a run whose noise shall be another
     * @param x any matrix
     * @return {@code x + sigma z}, of the same shape
     */
    public Variable noise(double sigma, long seed, long stream, Variable x) {
        return apply(RandomOps.noise(sigma, seed, stream), x)[0];
    }

    /**
     * The largest of the pieces of every unit, {@code y[j] = max_i x[i n + j]}.
     *
     * @param pieces k, how many a unit has
     * @param x {@code [m, k n]}, the blocks of first pieces, of second ones, and so on
     * @return {@code [m, n]}
     */
    public Variable maxout(int pieces, Variable x) {
        return apply(UnitOps.maxout(pieces), x)[0];
    }

    /**
     * Lp units, {@code y[j] = (1/k sum_i |x[i n + j]|^p_j)^(1/p_j)}. Learned orders are {@code p = 1 + log(1 + e^rho)};
     * learned centres are the pieces' biases.
     *
     * @param pieces k, how many a unit has
     * @param x {@code [m, k n]}, the blocks of first pieces, of second ones, and so on
     * @param orders {@code p [n]}, each at least 1
     * @return {@code [m, n]}
     */
    public Variable lp(int pieces, Variable x, Variable orders) {
        return apply(UnitOps.lp(pieces), x, orders)[0];
    }

    /**
     * A step of a GRU with the reset before the matrix product, as Cho et al. 2014 have it: the candidate is
     * {@code tanh(p_n + (r h) W_n)}. Gates lie as {@code r z n}.
     *
     * @param p {@code [b, 3n]}, the input's part with the bias
     * @param h {@code [b, n]}
     * @param gateWeights {@code W_rz [n, 2n]}
     * @param weights {@code W_n [n, n]}
     * @return {@code h'}, {@code [b, n]}
     */
    public Variable resetBeforeGru(Variable p, Variable h, Variable gateWeights, Variable weights) {
        return apply(CellOps.RESET_BEFORE_GRU, p, h, gateWeights, weights)[0];
    }
}
