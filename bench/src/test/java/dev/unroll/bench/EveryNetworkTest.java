package dev.unroll.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LayerKind;
import dev.unroll.rnn.model.LayerOption;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.train.Evaluation;
import dev.unroll.rnn.train.Task;
import dev.unroll.rnn.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** "Every network" of the README leaves no kind out, and its networks can be trained; {@link ReadmeTest} compiles it. */
class EveryNetworkTest {
    private static final int MOST_LINES = 5;

    /** The names that stand for more than one layer; the others are those of kinds of layers. */
    private static final List<String> CHAINS = List.of("di", "do", "dot", "dots", "srnn");

    private static final Pattern SECTION =
            Pattern.compile("^## Every network$(.*?)^## ", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern SNIPPET = Pattern.compile("^```java\\R(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern NETWORK = Pattern.compile("DeepRnn\\.of\\(\"([^\"]+)\", ([\\d_]+)\\)");

    private static List<String> all(Pattern pattern, String text) {
        return pattern.matcher(text).results().map((MatchResult match) -> match.group(1)).toList();
    }

    private static String section() throws IOException {
        List<String> sections = all(SECTION, Files.readString(Path.of("..", "README.md")));
        assertEquals(1, sections.size(), "sections Every network");
        return sections.getFirst();
    }

    @Test
    void everyKindOfLayerAndEveryNameOfAChainIsThere() throws IOException {
        Set<String> names = new TreeSet<>(CHAINS);
        Arrays.stream(LayerKind.values()).map(LayerKind::label).forEach(names::add);
        Set<String> there = all(NETWORK, section()).stream()
                .flatMap(text -> Stream.of(text.split("/")))
                .map(layer -> layer.split(":")[0])
                .collect(Collectors.toCollection(TreeSet::new));
        there.remove("tied");
        assertEquals(names, there);
    }

    @Test
    void everyOptionOfALayerIsThere() throws IOException {
        Set<String> names = Arrays.stream(LayerOption.values())
                .map(LayerOption::label)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> there = all(NETWORK, section()).stream()
                .flatMap(text -> Stream.of(text.split("/")))
                .flatMap(layer -> Stream.of(layer.split(":")).skip(2))
                .map(option -> option.split("=")[0])
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(names, there);
    }

    @TestFactory
    Stream<DynamicTest> everyNetworkLearnsFromAStep() throws IOException {
        List<MatchResult> networks = NETWORK.matcher(section()).results().toList();
        assertNotEquals(0, networks.size());
        return networks.stream().map(network -> DynamicTest.dynamicTest(
                network.group(1), () -> train(network.group(1), Integer.parseInt(network.group(2).replace("_", "")))));
    }

    /** A small step against the gradient makes the loss smaller, also if the gradient is that of some of the units. */
    private static void train(String text, int inputs) {
        Batch batch = new Batch(2, 2, new int[] {0, 1, 1, 2}, new int[] {1, 2, 2, 0}, false);
        try (DeepRnn network = DeepRnn.of(text, inputs).build();
                Trainer trainer = new Trainer(network, new Sgd(0.1), Clip.norm(1))) {
            double before = Evaluation.of(network, Task.nextToken(), List.of(batch));
            trainer.step(batch);
            double after = Evaluation.of(network, Task.nextToken(), List.of(batch));
            assertTrue(after < before, "loss " + before + " before a step of training, " + after + " after it");
        }
    }

    /** A variant is what stands between two empty lines. */
    @Test
    void noVariantTakesMoreThanFiveLines() throws IOException {
        for (String snippet : all(SNIPPET, section())) {
            for (String variant : snippet.split("\\R\\s*\\R")) {
                long lines = variant.lines()
                        .filter(line -> !line.startsWith("import ") && !line.startsWith("//"))
                        .count();
                assertTrue(lines <= MOST_LINES, () -> lines + " lines:\n" + variant);
            }
        }
    }
}
