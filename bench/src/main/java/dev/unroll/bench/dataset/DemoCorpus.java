package dev.unroll.bench.dataset;

import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import java.util.ArrayList;
import java.util.List;

/** The demo's source: other text in every epoch, and fresh text whose perplexity under the source itself is known. */
public final class DemoCorpus implements Corpus {
    private static final int FRESH_TEXTS = 20;
    private static final int FRESH_LENGTH = 2_501; // 2,500 predicted characters each, 50,000 in all
    private static final long FRESH_SEED = Long.MIN_VALUE;

    private final DemoSource source = new DemoSource();
    private final Vocabulary vocabulary;
    private final long seed;
    private final int charactersPerEpoch;

    /**
     * Text from the source.
     *
     * @param seed of the text
     * @param charactersPerEpoch how much of it
     */
    public DemoCorpus(long seed, int charactersPerEpoch) {
        this.seed = seed;
        this.charactersPerEpoch = charactersPerEpoch;
        List<String> tokens = new ArrayList<>(List.of(Vocabulary.UNKNOWN));
        tokens.addAll(Tokenizer.CHARS.split(source.alphabet()));
        vocabulary = new Vocabulary(Tokenizer.CHARS, Normalization.RAW, tokens);
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public Tokens epoch(int epoch) {
        return new Tokens(vocabulary.encode(source.sample(seed * 1_000_003 + epoch, charactersPerEpoch)));
    }

    /** The beginning of a text of the source, shorter and longer, both of whole words. */
    @Override
    public List<String> prefixes() {
        String text = source.sample(seed, 60);
        return List.of(text.substring(0, text.lastIndexOf(' ', 12)), text.substring(0, text.lastIndexOf(' ', 40)));
    }

    /**
     * Texts that no epoch has, 50,000 characters to predict in all.
     *
     * @return texts of one length
     */
    public List<String> fresh() {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < FRESH_TEXTS; i++) {
            texts.add(source.sample(FRESH_SEED + i, FRESH_LENGTH));
        }
        return texts;
    }

    /**
     * The perplexity of texts under the source itself, their first characters given: no model can do better for long.
     *
     * @param texts of one length
     * @return {@code e^(mean of -log p)} over all of them
     */
    public double floor(List<String> texts) {
        return Math.exp(texts.stream()
                .mapToDouble(text -> Math.log(source.perplexity(text, 1)))
                .average()
                .orElseThrow());
    }
}
