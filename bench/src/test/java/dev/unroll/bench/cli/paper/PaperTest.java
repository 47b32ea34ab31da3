package dev.unroll.bench.cli.paper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.unroll.bench.cli.Call;
import dev.unroll.bench.cli.ChildProcess;
import dev.unroll.bench.cli.Main;
import dev.unroll.bench.cli.queue.QueuedCommands;
import dev.unroll.bench.paper.Experiment;
import dev.unroll.bench.paper.Model;
import dev.unroll.bench.paper.Recipes.Origin;
import dev.unroll.bench.paper.RunKey;
import dev.unroll.bench.paper.RunResult;
import dev.unroll.bench.queue.ShellWords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code unroll paper}, on the real chorales with a small network. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class PaperTest {
    private static final Path DATA = Path.of(System.getProperty("unroll.shared", "../../shared"), "data");
    private static final String SMALL = "--model dts:8,8 --batch 64 --steps 160 --epochs ";

    @TempDir
    private Path temp;

    private Call paper(String variant, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "paper", "--task", "jsb", "--model", "dts", "--with", variant, "--data-dir", DATA.toString(), "--out",
                temp.resolve("run").toString()));
        args.addAll(List.of(more));
        return Call.of(args.toArray(String[]::new));
    }

    private RunResult result() throws IOException {
        return RunResult.read(temp.resolve("run").resolve(RunResult.FILE));
    }

    private static void assumeData() {
        assumeTrue(Files.exists(DATA.resolve("music/JSB_Chorales.mat")), "the piano-rolls are not in " + DATA);
    }

    @Test
    void theTestSplitIsReadInTheEndAndEveryFigureIsComputedAgain() throws IOException {
        assumeData();
        Path json = temp.resolve("copy.json");
        Call trained = paper(SMALL + 2, "--json", json.toString());
        assertEquals(0, trained.code(), trained.err());
        RunResult result = result();
        assertEquals(result, RunResult.read(json));
        assertNull(result.test());
        assertEquals(8.278, result.paper());
        assertEquals(2, result.epochs());
        assertEquals(2, result.validation().size());
        assertEquals(result.valid(), result.validation().get(result.keptEpoch() - 1));
        assertTrue(result.options().contains("--model dts:8,8 "), result.options());
        assertEquals(3 * 8 * 8 + 3 * 8 * 88, result.weights());
        assertEquals(eval("valid"), String.format(Locale.ROOT, "%.4f", result.valid()));

        paper(SMALL + 2).assertFailed(1, "holds the result of a training; add --resume");
        paper(SMALL + 3, "--resume").assertFailed(1, "holds the result of another training");
        Call tested = paper(SMALL + 2, "--resume", "--final");
        assertEquals(0, tested.code(), tested.err());
        assertTrue(tested.out().contains("the paper has 8.278"), tested.out());
        assertEquals(result.tested(result().test()), result());
        assertEquals(eval("test"), String.format(Locale.ROOT, "%.4f", result().test()));

        Path file = temp.resolve("run").resolve(RunResult.FILE);
        Call verified = verify(file);
        assertEquals(0, verified.code(), verified.out() + verified.err());
        result.tested(1.0).write(file);
        Call wrong = verify(file);
        assertEquals(1, wrong.code());
        assertTrue(wrong.out().contains("test is ") && wrong.out().contains(", not 1.0"), wrong.out());
        verify(json).assertFailed(1, "no such file");
    }

    private String eval(String split) {
        Call eval = Call.of(
                "eval", "--model", temp.resolve("run").toString(), "--data",
                DATA.resolve("music/JSB_Chorales.mat").toString(), "--split", split);
        return eval.out().replaceFirst(" nats.*\\R", "");
    }

    private Call verify(Path file) {
        return Call.of("paper", "--verify", file.toString(), "--data-dir", DATA.toString());
    }

    @Test
    void aTrainingThatIsKilledAndResumedHasTheSameResult() throws Exception {
        assumeData();
        String variant = SMALL + "3 --weight-noise 0.05 --average 0.9";
        Call whole = paper(variant);
        assertEquals(0, whole.code(), whole.err());
        RunResult result = result();
        Path other = temp.resolve("killed");
        String[] command =
                {"paper", "--task", "jsb", "--model", "dts", "--with", variant, "--data-dir", DATA.toString(),
                    "--out", other.toString()};
        Process process = ChildProcess.start(temp, ChildProcess.vector(), command);
        while (process.isAlive() && !Files.isDirectory(other.resolve("checkpoints"))) {
            Thread.sleep(10);
        }
        process.destroyForcibly().waitFor();
        List<String> again = new ArrayList<>(List.of(command));
        again.add("--resume");
        Call resumed = Call.of(again.toArray(String[]::new));
        assertEquals(0, resumed.code(), resumed.err());
        RunResult same = RunResult.read(other.resolve(RunResult.FILE));
        assertEquals(result.sha256(), same.sha256());
        assertEquals(result.training(), same.training());
        assertEquals(result.validation(), same.validation());
    }

    @Test
    void aTrainingThatDivergesIsAResultWithoutFigures() throws IOException {
        assumeData();
        paper(SMALL + "2 --optimizer sgd --lr 1e37 --clip 1e30").assertFailed(1, "the training failed: ");
        assertNull(result().valid());
        assertTrue(result().failure().contains("lower the"), result().failure());
        paper(SMALL + "2 --optimizer sgd --lr 1e37 --clip 1e30", "--resume").assertFailed(1, "the training failed: ");
        verify(temp.resolve("run").resolve(RunResult.FILE)).assertFailed(1, "has no figures");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--task chess --model rnn | there is no task chess; there are [nottingham, jsb",
        "--task jsb --model vgg | there is no model vgg; there are [rnn, dts",
        "--task jsb | a training has one --task, one --model and one --seed",
        "--task jsb --model rnn,dts | several are of --queue FILE",
        "--task jsb --model rnn --with --lr | expected names of options, each with its value behind it, not --lr",
        "--task jsb --model rnn --with=--seed=3 | --seed is no setting of a recipe",
        "--task jsb --model rnn --with=--batches=random | --batches is no setting of a recipe",
        "--task jsb --model rnn --characters published | --characters is of ptb-char",
        "--task jsb --model rnn --with=--lr=none | --lr",
        "--task jsb --model lstm --recipe paper | the recipe paper has no lstm for jsb",
        "--task ptb-word --model starred | has no starred for ptb-word; give another model",
        "--task jsb --model rnn --threads 0 | --threads must be from 1 to",
        "--verify a.json --tables d | --verify has no meaning beside --tables; leave it out",
        "--verify a.json --task jsb | --task has no meaning beside --verify",
        "--tables d --threads 2 | --threads has no meaning beside --tables",
        "--queue q --out d | --out has no meaning beside --queue",
        "--queue q --task ptb-word --model starred | has no starred for ptb-word",
        "--queue q --task jsb --with=--lr=none | --lr",
        "--queue q --task jsb --threads 0 | --threads must be from 1 to"})
    void aCallThatIsWrongIsOneLineThatSaysWhatToDo(String line, String part) {
        String[] options = ("paper " + line).split(" ");
        Call.of(options).assertFailed(2, part);
    }

    @Test
    void whatIsNotThereIsNamed() {
        Call.of("paper", "--verify", temp.resolve("none.json").toString()).assertFailed(1, "none.json", "no such file");
        Call.of("paper", "--tables", temp.resolve("none").toString()).assertFailed(1, "none");
    }

    private static RunKey key(Model model, String variant, long seed) {
        return new RunKey(Experiment.JSB, model, Origin.PAPER, variant, null, seed);
    }

    @Test
    void aQueueGetsEveryRunOnce() throws IOException {
        Path file = Files.writeString(temp.resolve("runs.txt"), "# runs\nsample --model m --prefix a --length 3");
        List<RunKey> keys =
                List.of(key(Model.RNN, "--lr 3", 1), key(Model.RNN, "--lr 3", 2), key(Model.STARRED, "", 1));
        assertEquals(3, new PaperQueue(file).append(keys, List.of("--threads", "2")));
        List<String> lines = Files.readAllLines(file);
        assertEquals(
                List.of(
                        "# runs",
                        "sample --model m --prefix a --length 3",
                        "paper --task jsb --model rnn --recipe paper --seed 1 --out runs/jsb-rnn-paper-lr-3-1"
                                + " --with '--lr 3' --threads 2",
                        "paper --task jsb --model rnn --recipe paper --seed 2 --out runs/jsb-rnn-paper-lr-3-2"
                                + " --with '--lr 3' --threads 2",
                        "paper --task jsb --model starred --recipe paper --seed 1 --out runs/jsb-starred-paper-1"
                                + " --threads 2"),
                lines);
        assertEquals(0, new PaperQueue(file).append(keys, List.of("--threads", "2")));
        assertThrows(IllegalArgumentException.class, () -> new PaperQueue(file).append(keys, List.of("--final")));
        assertEquals(lines, Files.readAllLines(file));
        for (String line : lines.subList(2, 5)) {
            assertEquals("paper", new QueuedCommands(Main::commandLine).of(ShellWords.split(line)).command());
        }
    }

    @Test
    void theRecipeOfTheWordsBeginsWithTheTrainedTransition() {
        assumeTrue(Files.exists(DATA.resolve("ptb/ptb.train.txt")), "the Penn Treebank is not in " + DATA);
        Call.of(
                "paper", "--task", "ptb-word", "--model", "dots", "--recipe", "paper", "--data-dir", DATA.toString(),
                "--out", temp.resolve("dots").toString())
                .assertFailed(1, "begins with the trained dts, which is not in ", "ptb-word-dts-paper-1");
    }
}
