package dev.unroll.bench.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.TextEncoder;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Tokens;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFilesTest {
    @TempDir
    private Path temp;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(temp.resolve(name), text);
    }

    private static String decoded(List<Path> files) throws IOException {
        TextEncoder encoder = TextEncoder.learning(Tokenizer.CHARS, Normalization.RAW);
        Tokens tokens = TextFiles.read(files, encoder);
        return encoder.vocabulary().decode(tokens.ids());
    }

    @Test
    void textsOfAnyLengthAndCharactersComeBackAsTheyAre() throws IOException {
        Random random = new Random(3);
        String[] characters = {"a", "\n", "\u00e9", "\u20ac", "\ud83d\ude00"};
        for (int length : new int[] {1, 2, 1_000, 65_535, 65_536, 65_537, 200_000}) {
            String text = random.ints(length, 0, characters.length)
                    .mapToObj(i -> characters[i])
                    .collect(Collectors.joining("", "b", ""));
            assertEquals(text, decoded(List.of(file("x", text))));
        }
    }

    @Test
    void filesAreOneTextEachWithoutItsByteOrderMark() throws IOException {
        List<Path> files = List.of(file("x", "\ufeffab\ufeffc"), file("y", "\ufeffd"), file("z", "e"));
        assertEquals("ab\ufeffcde", decoded(files));
    }

    private String words(Normalization rule, String... texts) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String text : texts) {
            files.add(file("part" + files.size(), text));
        }
        TextEncoder encoder = TextEncoder.learning(Tokenizer.WORDS, rule);
        Tokens tokens = TextFiles.read(files, encoder);
        return encoder.vocabulary().decode(tokens.ids());
    }

    @Test
    void aWordAndALineEndWhereTheirFileDoes() throws IOException {
        for (Normalization rule : List.of(Normalization.RAW, Normalization.LETTERS, Normalization.LINES)) {
            assertEquals("one foo bar two", words(rule, "one foo", "bar two"));
        }
        assertEquals("one foo <eos> bar two <eos>", words(Normalization.EOS, "one foo", "bar two"));
        assertEquals("one foo <eos> bar two <eos>", words(Normalization.EOS, "one foo\n", "bar two\n"));
        assertEquals("one foo <eos> <eos> bar two <eos>", words(Normalization.EOS, "one foo\r", "\nbar two"));
        assertEquals("foo bar", words(Normalization.RAW, "foo\u2003", "\u2003bar"));
    }

    /** As a pipe may bring it. */
    @Test
    void aByteOrderMarkThatComesInPartsIsNoPartOfTheText() throws IOException {
        byte[] bytes = "\ufeffa\ufeff\u20acb".getBytes(StandardCharsets.UTF_8);
        InputStream oneByOne = new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int from, int count) {
                return super.read(into, from, Math.min(1, count));
            }
        };
        StringBuilder text = new StringBuilder();
        try (Utf8Parts parts = new Utf8Parts(Path.of("pipe"), oneByOne)) {
            for (CharBuffer part = parts.next(); part != null; part = parts.next()) {
                text.append(part);
            }
        }
        assertEquals("a\ufeff\u20acb", text.toString());
    }

    @Test
    void whatIsNotUtf8IsNamedByItsByteAndLine() throws IOException {
        byte[] bytes = "caf\u00e9\n".repeat(40_000).getBytes(StandardCharsets.UTF_8);
        bytes[6 * 30_000 + 2] = (byte) 0xe9;
        Path file = Files.write(temp.resolve("x"), bytes);
        String message = assertThrows(IOException.class, () -> decoded(List.of(file))).getMessage();
        assertTrue(message.contains("byte 180,003, in line 30,001, is 0xE9"), message);
        Path cut = Files.write(temp.resolve("cut"), new byte[] {'a', '\n', (byte) 0xc3});
        message = assertThrows(IOException.class, () -> decoded(List.of(cut))).getMessage();
        assertTrue(message.contains("byte 3, in line 2, is 0xC3"), message);
    }

    @Test
    void aCharacterThatIsNotInTheVocabularyIsNamedWithItsFileAndLine() throws IOException {
        TextEncoder learning = TextEncoder.learning(Tokenizer.CHARS, Normalization.RAW);
        TextFiles.read(List.of(file("x", "abc\n")), learning);
        List<Path> files = List.of(file("y", "abc"), file("z", "abc\n".repeat(70_000) + "abcd"));
        String message = assertThrows(
                IOException.class, () -> TextFiles.read(files, TextEncoder.of(learning.vocabulary())))
                .getMessage();
        assertTrue(
                message.startsWith(files.get(1) + ": line 70001: character 'd', after 280006 tokens of the text, is"),
                message);
    }

    /** All that is allocated, whether or not it is needed to the end: so no collector has a say. */
    @Test
    void aTextTakesNoMoreThanSixBytesACharacterFromTheFileToItsIds() throws IOException {
        int length = 4 << 20;
        Path file = file("x", "the time machine by h g wells, 1895\n".repeat(length / 36 + 1).substring(0, length));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (Normalization rule : Normalization.values()) {
            decoded(List.of(file("warm", "up"))); // classes
            long before = threads.getCurrentThreadAllocatedBytes();
            TextEncoder encoder = TextEncoder.learning(Tokenizer.CHARS, rule);
            Tokens tokens = TextFiles.read(List.of(file), encoder);
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(tokens.size() > length * 0.8, "tokens: " + tokens.size());
            assertTrue(bytes <= 6L * length, rule + ": " + bytes + " bytes for " + length + " characters");
        }
    }
}
