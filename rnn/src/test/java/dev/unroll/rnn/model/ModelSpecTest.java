package dev.unroll.rnn.model;

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
        "lstm:8:gates=4,3 | lstm:8:gates=4,3"})
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
        "rnn:8/tied | need an embedding",
        "embedding:8/tied/rnn:8 | nothing may follow tied"})
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
}
