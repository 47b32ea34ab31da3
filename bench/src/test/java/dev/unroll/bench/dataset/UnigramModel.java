package dev.unroll.bench.dataset;

import dev.unroll.rnn.text.Tokens;

/** How often every token is in a text, as a model of it and of others. */
final class UnigramModel {
    private final double[] chances;

    UnigramModel(Tokens text, int vocabularySize) {
        chances = new double[vocabularySize];
        for (int i = 0; i < text.size(); i++) {
            chances[text.id(i)] += 1.0 / text.size();
        }
    }

    double chance(int id) {
        return chances[id];
    }

    /** The mean loss of a token. */
    double nats(Tokens text) {
        double sum = 0;
        for (int i = 0; i < text.size(); i++) {
            sum -= Math.log(chances[text.id(i)]);
        }
        return sum / text.size();
    }

    double bits(Tokens text) {
        return nats(text) / Math.log(2);
    }
}
