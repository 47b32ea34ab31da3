package dev.unroll.bench.paper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.bench.paper.Recipes.Origin;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExperimentTest {
    @ParameterizedTest
    @EnumSource(Experiment.class)
    void everyTaskHasARecipeForEveryModelAndThePapersForItsOwn(Experiment task) {
        assertEquals(task, Experiment.of(task.toString().toUpperCase(Locale.ROOT)));
        for (Model model : Model.values()) {
            assertEquals(model, Model.of(model.toString()));
            if (model != Model.STARRED || task.isMusic()) {
                assertTrue(Recipes.options(task, Origin.OURS, model).contains("--model"));
            }
        }
        for (Model model : Arrays.stream(Model.values()).filter(task::has).toList()) {
            List<String> options = Recipes.options(task, Origin.PAPER, model);
            assertEquals(task.initialization(), options.get(options.indexOf("--init") + 1));
            assertEquals(options.size(), 2 * options.stream().filter(option -> option.startsWith("--")).count());
        }
    }

    @Test
    void whatThePaperDoesNotHaveIsNamed() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> Recipes.options(Experiment.JSB, Origin.PAPER, Model.LSTM));
        assertTrue(e.getMessage().contains("no lstm for jsb; give --recipe ours"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Experiment.of("chess"));
        assertThrows(IllegalArgumentException.class, () -> Model.of("transformer"));
        assertTrue(Experiment.PIANO.figure(Model.RNN).isEmpty());
        assertEquals(2.95, Experiment.NOTTINGHAM.figure(Model.STARRED).orElseThrow());
        assertEquals(107.5, Experiment.PTB_WORD.figure(Model.DOTS).orElseThrow());
    }

    @Test
    void aLaterOptionWinsAndKeepsItsPlace() {
        assertEquals(
                List.of("--lr", "2", "--batch", "8"),
                Recipes.lastOfEach(List.of("--lr", "1", "--batch", "8", "--lr", "2")));
        assertThrows(IllegalArgumentException.class, () -> Recipes.lastOfEach(List.of("--lr")));
        assertThrows(IllegalArgumentException.class, () -> Recipes.lastOfEach(List.of("1", "--lr")));
    }
}
