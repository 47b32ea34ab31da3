package dev.unroll.rnn.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.model.Acme;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KindsTest {
    private static ModelSpec parse(String text) {
        return ModelSpec.parse(text, 6, 6, Acme.KINDS);
    }

    private static List<String> names(ModelSpec spec) {
        return spec.parameters().list().stream().map(Parameter::name).toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "acme.gentle:8 | acme.gentle:8",
        "embedding:4/acme.gentle:2x8/mlp:3 | embedding:4/acme.gentle:2x8/mlp:3",
        "acme.gentle:8/acme.gentle:8:plain | acme.gentle:8/acme.gentle:8:plain",
        "acme.gentle:8 / acme.gentle:8 # twice | acme.gentle:2x8",
        "acme.gentle:8:plain:first=0.5:dropout=0.25 | acme.gentle:8:dropout=0.25:first=0.5:plain",
        "acme.gentle:8:bidirectional=sum:learned:zoneout=0.1 | acme.gentle:8:bidirectional=sum:learned:zoneout=0.1",
        "acme.twice/acme.twice/rnn:4 | acme.twice/acme.twice/rnn:4",
        "acme.twice:residual/bare | acme.twice:residual/bare",
        "rnn:4/acme.bent | rnn:4/acme.bent",
        "acme.gentle:4/acme.bent:f=sigmoid | acme.gentle:4/acme.bent:f=sigmoid"})
    void aTextIsReadAndPrinted(String text, String printed) {
        ModelSpec spec = parse(text);
        assertEquals(printed, spec.text());
        assertEquals(spec, parse(printed));
        assertEquals(spec.hashCode(), parse(printed).hashCode());
        assertEquals(names(spec), names(parse(printed)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "acme.gentle | needs one size, not 0",
        "acme.gentle:8,9 | needs one size, not 2",
        "acme.gentle:0 | from 1 to",
        "acme.gentle:8:frist=1 | acme.gentle has no option frist; it has [first, plain]",
        "acme.gentle:8:first=one | option first: expected a number",
        "acme.gentle:8:plain=maybe | option plain: expected true or false",
        "acme.gentle:8:plain:plain | option plain is given twice",
        "acme.gentle:8:dropout=2 | option dropout: expected a probability",
        "acme.gentle:8:variational | variational needs option dropout or input",
        "acme.gentle:8:a b=1 | option a b=1 cannot be read",
        "acme.gentle:2000x8 | layers must be from 1",
        "acme.twice:3 | acme.twice has no sizes",
        "Acme.Twice | is no name for a user-defined kind",
        "rnn:4/acme.bent/rnn:4 | nothing may follow acme.bent",
        "rnn:4/acme.bent/bare | nothing may follow acme.bent",
        "rnn:4/acme.bent:dropout=0.5 | nothing is put around it",
        "acme.bent | layers must be from 1"})
    void whatIsNoDescriptionIsRefused(String text, String part) {
        String message = assertThrows(IllegalArgumentException.class, () -> parse(text)).getMessage();
        assertTrue(message.contains(part), message);
        assertTrue(message.length() <= Shown.MAX_MESSAGE, message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"acme.twice:bidirectional/bare", "acme.twice:zoneout=0.5"})
    void whatNeedsACellIsRefusedForAnotherLayer(String text) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> parse(text).parameters()).getMessage();
        assertTrue(message.contains("need a cell, which is a Plus"), message);
    }

    @Test
    void aKindThatIsMissingIsNamedTogetherWithWhatToDo() {
        for (Kinds kinds : List.of(Kinds.builtIn(), Acme.KINDS)) {
            MissingKindException fault = assertThrows(
                    MissingKindException.class, () -> ModelSpec.parse("gru:4/acme.peephole:8", 6, 6, kinds));
            assertEquals("acme.peephole", fault.kind());
            String message = fault.getMessage();
            assertTrue(message.startsWith("acme.peephole is user-defined"), message);
            assertTrue(message.contains(kinds.toString()) && message.contains("Kinds.withLayer"), message);
            assertTrue(message.length() <= Shown.MAX_MESSAGE, message);
        }
        assertThrows(MissingKindException.class, () -> ModelSpec.parse("acme.gentle:8", 6, 6));
        assertThrows(MissingKindException.class, () -> Acme.KINDS.layer("acme.bent"), "it is an output map");
        assertThrows(MissingKindException.class, () -> Acme.KINDS.output("acme.twice"), "it is a layer");
    }

    @Test
    void aNameIsGivenOnce() {
        for (String kind : List.of("acme.gentle", "acme.bent")) {
            String message = assertThrows(
                    IllegalArgumentException.class, () -> Acme.KINDS.withLayer(kind, _ -> null)).getMessage();
            assertTrue(message.contains("kind " + kind + " is there already"), message);
            assertThrows(IllegalArgumentException.class, () -> Acme.KINDS.withOutput(kind, _ -> null));
        }
        for (String kind : List.of("", "lstm", "gentle", "Acme.gentle", "acme.", "acme.a:b", "acme.a/b", "acme.a b")) {
            assertThrows(IllegalArgumentException.class, () -> Kinds.builtIn().withLayer(kind, _ -> null), kind);
        }
        assertEquals("none", Kinds.builtIn().toString(), "kinds stay as they are");
    }

    @Test
    void makersAndFactoriesThatReturnNullAreNamed() {
        Kinds kinds = Kinds.builtIn()
                .withLayer("acme.none", _ -> null)
                .withLayer("acme.empty", _ -> (_, _, _) -> null)
                .withOutput("acme.void", _ -> (_, _, _, _) -> null);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> kinds.layer("acme.none"))
                .getMessage().contains("the maker of kind acme.none"));
        assertTrue(assertThrows(IllegalArgumentException.class,
                () -> ModelSpec.parse("acme.empty", 3, 3, kinds).parameters())
                .getMessage().contains("layer0, acme.empty: the factory made no layer"));
        assertTrue(assertThrows(IllegalArgumentException.class,
                () -> ModelSpec.parse("rnn:3/acme.void", 3, 3, kinds).parameters())
                .getMessage().contains("output, acme.void: the factory made no output map"));
    }

    @Test
    void anOptionOfEveryLayerIsNotTheFactorys() {
        Kinds kinds = Kinds.builtIn().withLayer("acme.greedy", arguments -> {
            arguments.number("dropout", 0);
            return (_, _, _) -> null;
        });
        assertTrue(assertThrows(IllegalArgumentException.class, () -> kinds.layer("acme.greedy"))
                .getMessage().contains("option dropout is one that every layer has"));
    }

    @Test
    void oneLayerIsDescribedByItsText() {
        CustomLayer layer = Acme.KINDS.layer("acme.gentle:8:first=0.5");
        assertEquals("acme.gentle", layer.kind());
        assertEquals(List.of(8), layer.sizes());
        assertEquals(layer, Acme.KINDS.layer("acme.gentle:8:first=0.5"));
        assertNotEquals(layer, Acme.KINDS.layer("acme.gentle:8"));
        assertThrows(IllegalArgumentException.class, () -> Acme.KINDS.layer("acme.gentle:2x8"));
    }
}
