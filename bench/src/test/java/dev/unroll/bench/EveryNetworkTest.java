package dev.unroll.bench;

import static dev.unroll.bench.Document.all;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.spec.LayerKind;
import dev.unroll.rnn.spec.LayerOption;
import dev.unroll.rnn.train.Trainer;
import java.io.IOException;
import java.util.ArrayList;
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

/**
 * "Every network", a section of one of the documents, leaves no kind out, and its networks, those of its tables included,
 * can be trained; {@link ReadmeTest} compiles it.
 */
class EveryNetworkTest {
    private static final int MOST_LINES = 5;

    /** The names that stand for more than one layer; the others are those of kinds of layers. */
    private static final List<String> CHAINS = List.of("di", "do", "dot", "dots", "srnn");

    private static final Pattern SECTION =
            Pattern.compile("^## Every network$(.*?)^## ", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern NETWORK = Pattern.compile("NetworkBuilder\\.of\\(\"([^\"]+)\", ([\\d_]+)\\)");
    private static final Pattern ROW = Pattern.compile("^\\| (`[^`]+`.*)$", Pattern.MULTILINE);
    private static final Pattern NETWORK_OF_ROW = Pattern.compile("`([^`]+)`");

    /** The characters of a text; networks of tables learn those or frames, whose number makes no difference here. */
    private static final int INPUTS_OF_ROWS = 28;

    /** The document and the section. */
    private static Document section() throws IOException {
        List<Document> sections = new ArrayList<>();
        for (Document document : Document.all()) {
            all(SECTION, document.text()).forEach(text -> sections.add(new Document(document.name(), text)));
        }
        assertEquals(1, sections.size(), "sections Every network");
        return sections.getFirst();
    }

    private static List<String> networks() throws IOException {
        return all(NETWORK, section().text());
    }

    @Test
    void everyKindOfLayerAndEveryNameOfAChainIsThere() throws IOException {
        Set<String> names = new TreeSet<>(CHAINS);
        Arrays.stream(LayerKind.values()).map(LayerKind::label).forEach(names::add);
        Set<String> there = networks().stream()
                .flatMap(text -> Stream.of(text.split("/")))
                .map(layer -> layer.split(":")[0])
                .collect(Collectors.toCollection(TreeSet::new));
        there.removeAll(List.of("tied", "bare"));
        assertEquals(names, there);
    }

    @Test
    void everyOptionOfALayerIsThere() throws IOException {
        Set<String> names = LayerOption.values().stream()
                .map(LayerOption::label)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> there = networks().stream()
                .flatMap(text -> Stream.of(text.split("/")))
                .flatMap(layer -> Stream.of(layer.split(":")).skip(2))
                .map(option -> option.split("=")[0])
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(names, there);
    }

    @TestFactory
    Stream<DynamicTest> everyNetworkLearnsFromAStep() throws IOException {
        List<MatchResult> networks = NETWORK.matcher(section().text()).results().toList();
        assertNotEquals(0, networks.size());
        return networks.stream().map(network -> DynamicTest.dynamicTest(
                network.group(1), () -> train(network.group(1), Integer.parseInt(network.group(2).replace("_", "")))));
    }

    @TestFactory
    Stream<DynamicTest> everyNetworkOfATableLearnsFromAStep() throws IOException {
        List<String> rows = all(ROW, section().text());
        assertNotEquals(0, rows.size());
        return rows.stream().flatMap(row -> all(NETWORK_OF_ROW, row).stream())
                .distinct()
                .map(network -> DynamicTest.dynamicTest(network, () -> train(network, INPUTS_OF_ROWS)));
    }

    /** A small step against the gradient makes the loss smaller, also if the gradient is that of some of the units. */
    private static void train(String text, int inputs) {
        Batch batch = Batch.ofTokens(2, 2, new int[] {0, 1, 1, 2}, new int[] {1, 2, 2, 0});
        try (DeepRnn network = NetworkBuilder.of(text, inputs).build();
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
        for (String snippet : section().snippets()) {
            for (String variant : snippet.split("\\R\\s*\\R")) {
                long lines = variant.lines()
                        .filter(line -> !line.startsWith("import ") && !line.startsWith("//"))
                        .count();
                assertTrue(lines <= MOST_LINES, () -> lines + " lines:\n" + variant);
            }
        }
    }
}
