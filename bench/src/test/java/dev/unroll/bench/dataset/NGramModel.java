package dev.unroll.bench.dataset;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * A character n-gram model: counts of every context of 0 to {@code order} characters, interpolated by absolute
 * discounting with discount 1/2 (Ney, Essen and Kneser 1994).
 */
final class NGramModel {
    private static final double DISCOUNT = 0.5;

    /** Bits for one character in the key of a context; code 0 means that no character stands there. */
    private static final int BITS = 5;

    private final int order;
    private final int vocabularySize;
    private final int[] codes = new int[128];
    private final Map<Long, int[]> counts = new HashMap<>();

    NGramModel(int order, String alphabet, String training) {
        this.order = order;
        this.vocabularySize = alphabet.length();
        for (int i = 0; i < alphabet.length(); i++) {
            codes[alphabet.charAt(i)] = i + 1;
        }
        for (int i = 0; i < training.length(); i++) {
            long context = 0;
            for (int length = 0; length <= Math.min(order, i); length++) {
                context = extend(context, training, i, length);
                counts.computeIfAbsent(context, key -> new int[vocabularySize])[codes[training.charAt(i)] - 1]++;
            }
        }
    }

    double perplexity(String text) {
        double sum = 0;
        for (int i = 0; i < text.length(); i++) {
            sum -= Math.log(probability(text, i));
        }
        return Math.exp(sum / text.length());
    }

    private double probability(String text, int position) {
        double probability = 1.0 / vocabularySize;
        long context = 0;
        for (int length = 0; length <= Math.min(order, position); length++) {
            context = extend(context, text, position, length);
            int[] next = counts.get(context);
            if (next == null) {
                break;
            }
            int seen = (int) Arrays.stream(next).filter(count -> count > 0).count();
            double discounted = Math.max(next[codes[text.charAt(position)] - 1] - DISCOUNT, 0);
            probability = (discounted + DISCOUNT * seen * probability) / Arrays.stream(next).sum();
        }
        return probability;
    }

    /** The key of the context of {@code length} characters before {@code position}, from the key of one less. */
    private long extend(long context, String text, int position, int length) {
        return length == 0 ? 0 : context | (long) codes[text.charAt(position - length)] << BITS * (length - 1);
    }
}
