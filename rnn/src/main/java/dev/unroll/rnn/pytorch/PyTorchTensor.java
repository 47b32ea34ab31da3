package dev.unroll.rnn.pytorch;

import java.util.Arrays;

/**
 * A tensor of a PyTorch module, and which parameter of this library has its numbers.
 *
 * @param name in the module, such as {@code weight_ih_l0}
 * @param form how the numbers lie
 * @param ours the name of the parameter
 * @param candidate of the hidden bias of a GRU the name of the parameter with its last third, which stays apart; else empty
 * @param shape in PyTorch
 */
record PyTorchTensor(String name, Form form, String ours, String candidate, long... shape) {
    /** How the numbers of a tensor lie in a parameter. */
    enum Form {
        /** In the same order. */
        SAME,
        /** {@code [outputs, inputs]} there, {@code [inputs, outputs]} here. */
        TRANSPOSED,
        /** One of the two biases whose sum is the parameter: the one that gets all of it. */
        INPUT_BIAS,
        /** The other one. */
        HIDDEN_BIAS,
        /** A second name of a parameter, which a checkpoint may leave out. */
        COPY,
        /** In the same order; a checkpoint without it has zeros. */
        OPTIONAL
    }

    boolean isRequired() {
        return form != Form.COPY && form != Form.OPTIONAL;
    }

    PyTorchTensor(String name, Form form, String ours, long... shape) {
        this(name, form, ours, "", shape);
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    int size() {
        return Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    }

    boolean hasCandidate() {
        return !candidate.isEmpty();
    }

    /** How many numbers of a hidden bias are added to those of the input bias: all, or two of the three gates of a GRU. */
    int added() {
        return hasCandidate() ? size() / 3 * 2 : size();
    }

    /** Changes the order of a matrix's numbers from PyTorch's to that of this library, or does it back. */
    double[] turned(boolean toOurs, double... numbers) {
        if (form != Form.TRANSPOSED) {
            return numbers;
        }
        int rows = Math.toIntExact(shape[toOurs ? 0 : 1]);
        int columns = Math.toIntExact(shape[toOurs ? 1 : 0]);
        double[] turned = new double[numbers.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                turned[j * rows + i] = numbers[i * columns + j];
            }
        }
        return turned;
    }
}
