package dev.unroll.bench.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** What the commands make of files that are large, of another encoding, or made to harm, and what they print of them. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class UserFilesTest {
    private static final String TEXT = "one two three four five six seven eight nine ten, and over again; ".repeat(30);

    @TempDir
    private Path temp;

    private static Call call(String... args) {
        return Call.of(args);
    }

    private Path text(String content) throws IOException {
        return Files.writeString(temp.resolve("text.txt"), content);
    }

    private String train(Path text, Path model) {
        Call train = call(
                "train", "--data", text.toString(), "--hidden", "16", "--layers", "1", "--batch", "4", "--steps", "10",
                "--epochs", "2", "--lr", "1", "--out", model.toString());
        assertEquals(0, train.code(), train.err());
        return train.out();
    }

    @Test
    void aTextThatMemoryIsTooSmallForIsRefusedInOneLineWithTheRemedy() throws Exception {
        Path file = temp.resolve("huge.txt");
        try (RandomAccessFile huge = new RandomAccessFile(file.toFile(), "rw")) {
            huge.setLength(64L << 20); // a hole: it takes no room on the disk, but 128 MiB as ids
        }
        Process child =
                ChildProcess.start(temp, ChildProcess.vector("-Xmx64m", "-XX:+UseSerialGC"), "train", "--data",
                        file.toString());
        List<String> lines = ChildProcess.output(child).lines()
                .filter(line -> line.startsWith("unroll"))
                .toList();
        assertEquals(1, child.waitFor());
        assertEquals(1, lines.size(), lines.toString());
        assertTrue(lines.getFirst().contains("out of memory") && lines.getFirst().contains("use less text"),
                lines.toString());
    }

    @Test
    void maxTokensReadsOnlySoMuchOfATextButForTheRecipeOfD2l() throws IOException {
        byte[] bytes = TEXT.repeat(100).getBytes(StandardCharsets.UTF_8);
        bytes[bytes.length - 1] = (byte) 0xff; // which nobody comes to who stops before
        String file = Files.write(temp.resolve("long.txt"), bytes).toString();
        String[] train =
                {"train", "--data", file, "--max-tokens", "500", "--hidden", "8", "--layers", "1", "--batch", "2",
                    "--steps", "5", "--epochs", "1"};
        Call call = call(train);
        assertEquals(0, call.code(), call.err());
        String[] d2l = Arrays.copyOf(train, train.length + 2);
        d2l[train.length] = "--recipe";
        d2l[train.length + 1] = "d2l";
        call(d2l).assertFailed(1, "long.txt", "UTF-8");
    }

    @Test
    void whatATerminalWouldObeyIsNotPrintedAsItStandsInAText() throws IOException {
        Path model = temp.resolve("model");
        String out = train(text("a\u001b[31m\u0007\u202eb\n".repeat(200)), model);
        String sample = call("sample", "--model", model.toString(), "--prefix", "a", "--length", "30").out();
        for (String printed : List.of(out, sample)) {
            assertTrue(printed.contains("U+001B"), printed);
            assertTrue(printed.codePoints().noneMatch(c -> c != '\n' && c != '\r' && Shown.isInvisible(c)), printed);
        }
    }

    @Test
    void aModelWithoutAVocabularyIsToldFromADamagedOne() throws IOException {
        Path model = temp.resolve("music");
        try (DeepRnn network = NetworkBuilder.of("rnn:4", 88).build()) {
            network.save(model);
        }
        call("eval", "--model", model.toString(), "--data", text(TEXT).toString())
                .assertFailed(1, "model.json", "a network without a vocabulary, such as of music", "piano-roll file");
        call("sample", "--model", model.toString(), "--prefix", "a", "--length", "3")
                .assertFailed(2, "--prefix is of models of texts, and this one has no vocabulary; leave it out");
    }

    @Test
    void aModelOrATextThatIsNotUtf8IsNamedWithTheLineAndTheRemedy() throws IOException {
        Path latin =
                Files.write(temp.resolve("latin.txt"), "lstm:8\n# caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        for (String[] line : new String[][] {
            {"info", "--inputs", "3", "--model", latin.toString()},
            {"train", "--data", text(TEXT).toString(), "--model", latin.toString()},
            {"train", "--data", latin.toString()},
            {"train", "--data", text(TEXT).toString(), "--valid", latin.toString()}}) {
            call(line).assertFailed(1, "latin.txt", "byte 13, in line 2, is 0xE9", "convert it first");
        }
    }

    @Test
    void aByteOrderMarkIsNoPartOfATextOrADescription() throws IOException {
        Path plain = text(TEXT + "\n");
        Path marked = Files.writeString(temp.resolve("marked.txt"), "\ufeff" + TEXT + "\n");
        Path model = Files.writeString(temp.resolve("lstm.txt"), "\ufefflstm:8");
        assertEquals(0, call("info", "--inputs", "3", "--model", model.toString()).code());
        Path folder = temp.resolve("m");
        train(plain, folder);
        Call expected = call("eval", "--model", folder.toString(), "--data", plain.toString());
        Call call = call("eval", "--model", folder.toString(), "--data", marked.toString());
        assertEquals(0, call.code(), call.err());
        assertEquals(expected.out(), call.out());
        Call two = call("eval", "--model", folder.toString(), "--data", marked + "," + marked);
        assertEquals(0, two.code(), two.err());
        Files.writeString(marked, "one two\n\u200bthree");
        call("eval", "--model", folder.toString(), "--data", marked.toString())
                .assertFailed(1,
                        "marked.txt: line 2: character U+200B, after 8 tokens of the text, is not in the vocabulary");
    }

    @Test
    void messagesAreOneLineOfAtMostThreeHundredCharactersWhateverTheirSubject() throws IOException {
        String longText = "lstm:8/".repeat(3_000) + "\u001b[2J" + "x".repeat(5_000);
        Path model = temp.resolve("model");
        String all = IntStream.range(0x4e00, 0x5200).mapToObj(Character::toString).collect(Collectors.joining());
        train(text(all.repeat(2)), model);
        for (String[] line : new String[][] {
            {"info", "--inputs", "3", "--model", longText},
            {"train", "--data", longText},
            {"train", longText},
            {"train", "--data", text(TEXT).toString(), "--json", temp + "/" + "d/".repeat(900) + "r\u0007.json"},
            {"train", "--optimizer", longText},
            {"gradcheck", "--op", longText},
            {"gradcheck", "--model", "mlp:" + "9,".repeat(20_000) + "9"},
            {"sample", "--model", longText, "--prefix", "a", "--length", "3"},
            {"sample", "--model", model.toString(), "--prefix", "a", "--length", "3"},
            {"eval", "--model", model.toString(), "--data", text(TEXT).toString()}}) {
            Call call = call(line);
            assertNotEquals(0, call.code(), line[0]);
            String message = call.err().strip();
            assertEquals(1, message.lines().count(), message);
            assertTrue(message.length() <= 300, () -> message.length() + ": " + message);
            assertTrue(message.codePoints().noneMatch(Shown::isInvisible), message);
        }
    }
}
