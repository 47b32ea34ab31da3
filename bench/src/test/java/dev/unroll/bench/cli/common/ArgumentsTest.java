package dev.unroll.bench.cli.common;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.bench.cli.Call;
import dev.unroll.bench.cli.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** Values that look like something else, and properties that cannot be meant. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class ArgumentsTest {
    private static final String TEXT = "--seed @text.txt, -h and --model=x \\n 'quoted' \"twice\" train; ".repeat(20);

    @TempDir
    private Path temp;

    @Command
    private static final class Nothing {}

    private static Call train(String... more) {
        List<String> args = new ArrayList<>(
                List.of("train", "--hidden", "4", "--layers", "1", "--batch", "2", "--steps", "5", "--epochs", "1"));
        args.addAll(List.of(more));
        return Call.of(args.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "--prefix=--seed", "--prefix=--model=x", "--prefix=-h", "--prefix=@text.txt", "--prefix=@@", "--prefix=train",
        "--prefix=model", "--prefix='quoted'", "--prefix=\"twice\"", "--prefix=\\n", "--prefix= and", "--prefix=x, -h"
    })
    void aTextMayLookLikeAnOptionOrAFile(String option) throws IOException {
        String prefix = option.substring("--prefix=".length());
        Path text = Files.writeString(temp.resolve("text.txt"), TEXT);
        Path model = temp.resolve("model");
        Call train = train("--data", text.toString(), option, "--out", model.toString());
        assertEquals(0, train.code(), train.err());
        assertTrue(train.out().contains(prefix + "|"), train.out());
        Call sample = Call.of("sample", "--model", model.toString(), option, "--length", "3");
        assertEquals(0, sample.code(), sample.err());
        assertTrue(sample.out().startsWith(prefix), sample.out());
    }

    @Test
    void aTextThatBeginsWithAnAtSignMayStandByItself() throws IOException {
        Path text = Files.writeString(temp.resolve("text.txt"), TEXT);
        Call train = train("--data", text.toString(), "--prefix", "@" + "text.txt", "--prefix", "@t");
        assertEquals(0, train.code(), train.err());
        assertTrue(train.out().contains("@text.txt|"), train.out());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "train --json --seed 3 | the value of --json is missing before --seed; give it, or write --json=--seed",
        "train --out --verbose | the value of --out is missing before --verbose",
        "train --prefix --seed=3 | the value of --prefix is missing before --seed=3",
        "sample --model m --prefix --length 5 | the value of --prefix is missing before --length",
        "jmh --type --quick lstm | the value of --type is missing before --quick",
        "train --out | --out"
    })
    void aValueThatWasForgottenIsNotTakenFromTheNextOption(String line, String part) {
        Call call = Call.of(line.strip().split(" "));
        call.assertFailed(2, part);
        assertEquals(1, call.err().strip().lines().count(), call.err());
    }

    @Test
    void aValueMayBeTheNameOfAnOptionWithoutItsDashes() throws IOException {
        Path text = Files.writeString(temp.resolve("text.txt"), TEXT);
        Call train = train("--data", text.toString(), "--prefix", "model", "--prefix", "train", "--prefix", "seed");
        assertEquals(0, train.code(), train.err());
        assertTrue(train.out().contains("model|"), train.out());
    }

    @Test
    void aPathWithACommaIsOneFileWhereThereIsSuchAFile() throws IOException {
        Path folder = Files.createDirectory(temp.resolve("a,b"));
        String one = Files.writeString(folder.resolve("one,1.txt"), TEXT).toString();
        String two = Files.writeString(temp.resolve("two.txt"), TEXT).toString();
        String three = Files.writeString(temp.resolve("three.txt"), TEXT).toString();
        Path model = temp.resolve("model");
        Call train = train("--data", one, "--data", two + "," + three, "--valid", one, "--out", model.toString());
        assertEquals(0, train.code(), train.err());
        Call eval = Call.of("eval", "--model", model.toString(), "--data", one, "--data", two + "," + three);
        assertEquals(0, eval.code(), eval.err());
        String tokens = String.format("over %,d tokens", 3 * TEXT.length() - 1);
        assertTrue(eval.out().contains(tokens), eval.out());
        train("--data", temp + "/no,1.txt").assertFailed(1, "no: no such file");
    }

    @Test
    void listsOfFilesKeepTheirOrder() {
        assertEquals(List.of("a", "b", "c", "d"), FileList.names(List.of("a,b", "c", "d")));
        assertEquals(List.of(","), FileList.names(List.of(",")));
        assertEquals(List.of(), FileList.paths(null));
    }

    @Test
    void anArgumentThatTheLocaleCannotHoldIsNamedWithTheRemedy() {
        CommandLine line = new CommandLine(new Nothing());
        ParameterException e = assertThrows(
                ParameterException.class, () -> Arguments.checkDecoded(line, "w\uFFFDrd", "ANSI_X3.4-1968"));
        assertTrue(e.getMessage().contains("w\uFFFDrd cannot be read in ANSI_X3.4-1968"), e.getMessage());
        assertTrue(e.getMessage().contains("set LC_ALL=C.UTF-8"), e.getMessage());
        assertDoesNotThrow(() -> Arguments.checkDecoded(line, "w\uFFFDrd", "UTF-8"));
        assertDoesNotThrow(() -> Arguments.checkDecoded(line, "word", "ANSI_X3.4-1968"));
        assertDoesNotThrow(() -> Arguments.checkDecoded(line, "w\uFFFDrd", null));
    }

    @Test
    void aWidthThatCannotBeMeantIsOneLineThatNamesIt() throws Exception {
        aPropertyThatCannotBeMeantIsOneLineThatNamesIt("simd", "abc", "expected 512, 256, 128 or off");
    }

    @Tag("full") // each a process
    @ParameterizedTest
    @CsvSource({
        "simd,abc,'expected 512, 256, 128 or off'", "simd,'','expected 512, 256, 128 or off'",
        "simd,1024,'expected 512, 256, 128 or off'", "threads,abc,from 1 to 9999", "threads,0,from 1 to 9999",
        "memory,abc,a size such as 512m or 8g", "memory,-1,a size such as 512m or 8g"
    })
    void aPropertyThatCannotBeMeantIsOneLineThatNamesIt(String name, String value, String expected) throws Exception {
        for (String command : List.of("info", "train")) {
            Process process = ChildProcess.start(
                    temp,
                    ChildProcess.vector("-Dunroll." + name + "=" + value), command);
            String output = ChildProcess.output(process);
            assertEquals(1, process.waitFor(), output);
            String last = output.strip().lines().toList().getLast();
            assertTrue(last.startsWith("unroll " + command + ": unroll." + name + "=" + value), output);
            assertTrue(last.contains(expected), output);
            assertFalse(output.contains("\tat "), output);
        }
    }

    @Test
    void theVersionAndHelpAreThereWithoutKernels() throws Exception {
        Process version = ChildProcess.start(temp, ChildProcess.vector("-Dunroll.simd=abc"), "--version");
        String output = ChildProcess.output(version);
        assertEquals(0, version.waitFor(), output);
        assertTrue(output.contains("unroll.simd=abc: expected 512, 256, 128 or off"), output);
        Process help = ChildProcess.start(temp, ChildProcess.vector("-Dunroll.simd=abc"), "train", "--help");
        output = ChildProcess.output(help);
        assertEquals(0, help.waitFor(), output);
    }
}
