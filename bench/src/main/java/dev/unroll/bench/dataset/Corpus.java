package dev.unroll.bench.dataset;

import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import java.util.List;

/** The training text of a model. */
public interface Corpus {
    /**
     * The tokens there are.
     *
     * @return the vocabulary of all its texts
     */
    Vocabulary vocabulary();

    /**
     * The text of an epoch.
     *
     * @param epoch from 0
     * @return its tokens
     */
    Tokens epoch(int epoch);

    /**
     * Two beginnings that suit its texts.
     *
     * @return texts to continue
     */
    List<String> prefixes();
}
