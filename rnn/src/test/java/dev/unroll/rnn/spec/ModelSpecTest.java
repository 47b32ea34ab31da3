package dev.unroll.rnn.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelSpecTest {
    @ParameterizedTest
    @CsvSource({
        "NOTTINGHAM, 465600, 585600, 745600, 550400",
        "JSB_CHORALES, 75200, 585600, 745600, 550400",
        "MUSE_DATA, 465600, 585600, 745600, 1185600",
        "PTB_CHARACTERS, 420000, 540000, 790000, 520000",
        "PTB_WORDS, 4040000, 6120000, 6160000, 8480000"})
    void thePapersNetworksHaveItsCountsOfWeights(PaperTask task, long rnn, long dts, long dots, long srnn) {
        assertEquals(rnn, task.rnn().parameters().weights());
        assertEquals(dts, task.dts().parameters().weights());
        assertEquals(dots, task.dots().parameters().weights());
        assertEquals(srnn, task.srnn().parameters().weights());
    }

    @Test
    void theStarredModelHasLpUnitsInItsTransitionAndMaxoutUnitsInItsOutput() {
        ModelSpec spec = PaperTask.NOTTINGHAM.starred();
        assertEquals("dts:400,400:f=sigmoid:lp=2:dropout=0.5/mlp:400:maxout=2:dropout=0.5", spec.text());
        // U_1 and W_1 have two pieces; W_2, S and U_2 make the state of f; V_1 has two pieces, V_2 none.
        assertEquals(2 * 400 * (88 + 400) + 400 * (400 + 400 + 88) + 2 * 400 * 400 + 400 * 88,
                spec.parameters().weights());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "lstm:256/lstm:256 | lstm:2x256",
        "srnn:2x400 | rnn:2x400",
        "di:200,400 | mlp:200/rnn:400",
        "do:400,300,200 | rnn:400/mlp:300,200",
        "dot:400,300,200 | dt:400,300/mlp:200",
        "dots:400,300,200:f=relu | dts:400,300:f=relu/mlp:200:f=relu",
        " gru:8:bidirectional=concat / mlp:9 # deep output | gru:8:bidirectional=concat/mlp:9",
        "lstm:8:forget=1:bias=true:projection=4 | lstm:8:bias:projection=4:forget=1",
        "lstm:8:gates=4,3 | lstm:8:gates=4,3",
        "gru:8:reset=before | gru:8:reset=before",
        "lstm:8:norm=true:projection=4 | lstm:8:projection=4:norm",
        "do:400,300:maxout=2 | rnn:400/mlp:300:maxout=2",
        "di:200,400:f=relu:maxout=3 | mlp:200:maxout=3/rnn:400:f=relu",
        "dots:9,8,7:f=sigmoid:lp=2:maxout=2:dropout=0.5 | "
                + "dts:9,8:f=sigmoid:lp=2:dropout=0.5/mlp:7:maxout=2:dropout=0.5"})
    void aTextIsReadAndPrintedInOneForm(String text, String canonical) {
        ModelSpec spec = ModelSpec.parse(text, 10, 10);
        assertEquals(canonical, spec.text());
        assertEquals(spec, ModelSpec.parse(spec.text(), 10, 10));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'' | layers must be from 1",
        "lstm | expected kind:sizes",
        "gpt:8 | kind gpt is not known",
        "lstm:x | expected whole numbers",
        "lstm:0 | from 1 to",
        "lstm:-3 | from 1 to",
        "lstm:99999999999 | expected whole numbers",
        "rnn:8,9 | needs one size",
        "do:8 | at least two sizes",
        "lstm:8:f | option f: expected one of",
        "lstm:8:wings | option wings is not known",
        "gru:8:forget=1 | has no option forget",
        "lstm:8:forget=one | expected a number",
        "lstm:8:bidirectional=both | expected one of",
        "0xrnn:8 | kind 0xrnn is not known",
        "2000x8 | expected kind:sizes",
        "rnn:2000x8 | layers must be from 1",
        "rnn:8:maxout=2 | has no option maxout",
        "do:8,8:lp=2 | has no option lp",
        "gru:8:gates=4:reset=before | gates and reset exclude each other",
        "gru:8:gates=4:bias=false | gates and bias exclude each other",
        "lstm:8:gates=4:projection=2 | gates and projection exclude each other",
        "lstm:8:gates=4:forget=1 | gates and forget exclude each other",
        "lstm:8:norm:gates=4 | norm and gates exclude each other",
        "gru:8:norm:reset=before | norm and reset exclude each other",
        "rnn:8:norm | rnn has no option norm",
        "lstm:8:forget=1:bias=false | forget is a bias",
        "lstm:8:f=relu | f needs option gates",
        "gru:8:f=relu | f needs option gates",
        "mlp:8:maxout=2:lp=2 | maxout and lp exclude each other",
        "mlp:8:maxout=2:f=relu | maxout and f exclude each other",
        "mlp:8:lp=2:f=relu | lp and f exclude each other",
        "mlp:8:lp=0 | from 1 to",
        "dts:8:lp=2 | give at least two sizes",
        "rnn:8:variational | variational needs option dropout or input",
        "rnn:8/tied | need an embedding",
        "embedding:8/tied/rnn:8 | nothing may follow tied",
        "rnn:8/bare/rnn:8 | nothing may follow bare", "embedding:8/rnn:8/tied/bare | nothing may follow tied",
        "bare | layers must be from 1"})
    void whatIsNoDescriptionIsRefused(String text, String part) {
        String message = assertThrows(IllegalArgumentException.class, () -> ModelSpec.parse(text, 10, 10)).getMessage();
        assertTrue(message.contains(part), message);
    }

    @Test
    void aTiedOutputMustFitTheEmbedding() {
        ModelSpec spec = ModelSpec.parse("embedding:8/rnn:9/tied", 10, 10);
        String message = assertThrows(IllegalArgumentException.class, spec::parameters).getMessage();
        assertTrue(message.contains("the top layer has 9"), message);
    }

    @ParameterizedTest
    @CsvSource({"rnn:8/bare, 8", "gru:8:bidirectional/bare, 16", "gru:8:bidirectional=sum/bare, 8",
        "lstm:8:projection=3:bidirectional/bare, 6", "'rnn:8/mlp:7,5/bare', 5", "embedding:4/bare, 4",
        "'dts:8,6/bare', 6"})
    void aBareNetworkHasTheOutputsOfItsTopLayer(String text, int outputs) {
        ModelSpec spec = ModelSpec.parse(text, 10, 99);
        assertEquals(OutputLayer.BARE, spec.output());
        assertEquals(outputs, spec.outputs());
        assertTrue(spec.text().endsWith("/bare"), spec.text());
        assertEquals(spec, ModelSpec.parse(spec.text(), 10, 1));
        assertTrue(spec.parameters().list().stream().noneMatch(p -> p.name().startsWith("output")));
        String message = assertThrows(IllegalArgumentException.class,
                () -> new ModelSpec(10, spec.layers(), OutputLayer.BARE, 99)).getMessage();
        assertTrue(message.contains("has the outputs of its top layer, " + outputs + ", not 99"), message);
    }
}
