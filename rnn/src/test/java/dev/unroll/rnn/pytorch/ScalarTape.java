package dev.unroll.rnn.pytorch;

import java.util.Arrays;

/** Numbers that were computed from others, one at a time in doubles, and the derivative of a sum by all of them. */
final class ScalarTape {
    private double[] values = new double[1 << 12];
    private double[] slopesOfFirst = new double[1 << 12];
    private double[] slopesOfSecond = new double[1 << 12];
    private int[] firsts = new int[1 << 12];
    private int[] seconds = new int[1 << 12];
    private int size;

    /** Makes an independent number; all numbers are known by their places. */
    int number(double value) {
        return record(value, 0, 0, 0, 0);
    }

    int[] numbers(double... all) {
        return Arrays.stream(all).mapToInt(this::number).toArray();
    }

    int add(int a, int b) {
        return record(values[a] + values[b], a, 1, b, 1);
    }

    int subtract(int a, int b) {
        return record(values[a] - values[b], a, 1, b, -1);
    }

    int multiply(int a, int b) {
        return record(values[a] * values[b], a, values[b], b, values[a]);
    }

    int sigmoid(int a) {
        double y = 1 / (1 + StrictMath.exp(-values[a]));
        return record(y, a, y * (1 - y), 0, 0);
    }

    int tanh(int a) {
        double y = StrictMath.tanh(values[a]);
        return record(y, a, 1 - y * y, 0, 0);
    }

    int relu(int a) {
        return record(Math.max(values[a], 0), a, values[a] > 0 ? 1 : 0, 0, 0);
    }

    double value(int place) {
        return values[place];
    }

    /** The derivatives of the sum of some numbers, each with a factor. */
    double[] derivatives(int[] of, double... factors) {
        double[] derivatives = new double[size];
        for (int i = 0; i < of.length; i++) {
            derivatives[of[i]] += factors[i];
        }
        for (int i = size - 1; i >= 0; i--) {
            derivatives[firsts[i]] += slopesOfFirst[i] * derivatives[i];
            derivatives[seconds[i]] += slopesOfSecond[i] * derivatives[i];
        }
        return derivatives;
    }

    private int record(double value, int first, double slopeOfFirst, int second, double slopeOfSecond) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
            slopesOfFirst = Arrays.copyOf(slopesOfFirst, 2 * size);
            slopesOfSecond = Arrays.copyOf(slopesOfSecond, 2 * size);
            firsts = Arrays.copyOf(firsts, 2 * size);
            seconds = Arrays.copyOf(seconds, 2 * size);
        }
        values[size] = value;
        firsts[size] = first;
        slopesOfFirst[size] = slopeOfFirst;
        seconds[size] = second;
        slopesOfSecond[size] = slopeOfSecond;
        return size++;
    }
}
