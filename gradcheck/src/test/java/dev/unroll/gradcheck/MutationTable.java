package dev.unroll.gradcheck;

import dev.unroll.gradcheck.mutation.Mutant;
import dev.unroll.gradcheck.mutation.Mutation;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** Ops by mutations: how many mutants there are, and how many of them are equivalents, with their proofs. */
final class MutationTable {
    private record Cell(int mutants, int equivalents) {
        static final Cell EMPTY = new Cell(0, 0);

        Cell plus(Cell other) {
            return new Cell(mutants + other.mutants, equivalents + other.equivalents);
        }

        @Override
        public String toString() {
            if (mutants + equivalents == 0) {
                return ".";
            }
            return (mutants > 0 ? Integer.toString(mutants) : "") + (equivalents > 0 ? "=" + equivalents : "");
        }
    }

    private static final String COLUMN = " %9s";

    private final Map<String, Map<Mutation, Cell>> rows = new LinkedHashMap<>();
    private final Map<String, Integer> proofs = new LinkedHashMap<>();

    /** Adds a mutant; the proof is null if it is no equivalent. */
    void add(Mutant mutant, String proof) {
        Cell one = proof == null ? new Cell(1, 0) : new Cell(0, 1);
        rows.computeIfAbsent(mutant.right().name(), _ -> new EnumMap<>(Mutation.class))
                .merge(mutant.mutation(), one, Cell::plus);
        if (proof != null) {
            proofs.merge(String.format("%-22s %-10s %s", mutant.right(), mutant.mutation().heading(), proof), 1,
                    Integer::sum);
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("Wrong gradients by op and mutation; =n are equivalents\n");
        line(text, "op", Mutation::heading);
        rows.forEach((op, row) -> line(text, op, mutation -> row.getOrDefault(mutation, Cell.EMPTY).toString()));
        line(text, "all", mutation -> rows.values().stream()
                .map(row -> row.getOrDefault(mutation, Cell.EMPTY))
                .reduce(Cell.EMPTY, Cell::plus)
                .toString());
        text.append("Equivalents\n");
        proofs.forEach((proof, count) -> text.append(String.format("%3d of %s%n", count, proof)));
        return text.toString();
    }

    private static void line(StringBuilder text, String name, Function<Mutation, String> cell) {
        text.append(String.format("%-34s", name));
        for (Mutation mutation : Mutation.values()) {
            text.append(String.format(COLUMN, cell.apply(mutation)));
        }
        text.append('\n');
    }
}
