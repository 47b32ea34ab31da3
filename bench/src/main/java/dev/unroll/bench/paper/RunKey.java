package dev.unroll.bench.paper;

import dev.unroll.bench.paper.Recipes.Origin;
import java.util.OptionalDouble;

/**
 * Which training is meant.
 *
 * @param task what is learned
 * @param model what learns
 * @param recipe whose settings
 * @param variant options of {@code unroll train} instead of the recipe's; empty for none
 * @param stream which characters of the Penn Treebank, null for other tasks
 * @param seed of everything random
 */
public record RunKey(Experiment task, Model model, Origin recipe, String variant, String stream, long seed) {
    private static final String AUTHORS = "authors";

    /** Checks that there is a stream where there are several. */
    public RunKey {
        if (task == Experiment.PTB_CHAR == (stream == null)) {
            throw new IllegalArgumentException(stream == null
                    ? task + " needs a stream of characters"
                    : task + " has no streams of characters, not " + stream);
        }
    }

    /**
     * The name of a folder for the model, such as {@code jsb-dts-ours-lr-0.3-1}.
     *
     * @return a name without characters that are special anywhere; variants that differ in nothing else share one
     */
    public String folder() {
        String streams = stream == null || stream.equals(AUTHORS) ? "" : "-" + stream;
        String variants =
                variant.isEmpty() ? "" : "-" + variant.replaceAll("[^A-Za-z0-9.]+", "-").replaceAll("^-|-$", "");
        return task + streams + "-" + model + "-" + recipe + variants + "-" + seed;
    }

    /**
     * The training of another model that this one begins with.
     *
     * @param other the other model
     * @return the same task and recipe, without a variant
     */
    public RunKey sibling(Model other) {
        return new RunKey(task, other, recipe, "", stream, seed);
    }

    /**
     * The paper's figure on the test split.
     *
     * @return null if its table has none
     */
    public Double paper() {
        OptionalDouble figure = task.figure(model);
        return figure.isPresent() ? figure.getAsDouble() : null;
    }

    /** Returns the key for messages. */
    @Override
    public String toString() {
        return task + (stream == null ? "" : " (" + stream + ")") + " " + model + " --recipe " + recipe + " --seed "
                + seed + (variant.isEmpty() ? "" : " --with \"" + variant + "\"");
    }
}
