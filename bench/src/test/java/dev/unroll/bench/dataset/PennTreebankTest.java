package dev.unroll.bench.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.unroll.rnn.data.TextEncoder;
import dev.unroll.rnn.data.TextRule;
import dev.unroll.rnn.data.TokenKind;
import dev.unroll.rnn.data.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class PennTreebankTest {
    private static final Path FOLDER = Path.of(System.getProperty("unroll.shared", ""), "data", "ptb");

    /** The counts that the literature has, with one {@code <eos>} a line. */
    @Test
    void itHasTheWordsAndTheVocabularyOfTheLiterature() throws IOException {
        assumeTrue(Files.exists(FOLDER.resolve("ptb.train.txt")), "needs the Penn Treebank, which is not open");
        TextEncoder encoder = TextEncoder.learning(TokenKind.WORDS, TextRule.EOS);
        Tokens train = TextFiles.read(List.of(FOLDER.resolve("ptb.train.txt")), encoder);
        assertEquals(929_589, train.size());
        assertEquals(10_000, encoder.vocabulary().size());
    }
}
