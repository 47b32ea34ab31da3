package dev.unroll.gradcheck;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Ops by mutations: how many mutants were caught, and how many are equivalents. */
final class MutationTable {
    private record Cell(int caught, int equivalent) {
        static final Cell EMPTY = new Cell(0, 0);

        Cell add(boolean isCaught) {
            return isCaught ? new Cell(caught + 1, equivalent) : new Cell(caught, equivalent + 1);
        }

        @Override
        public String toString() {
            if (caught + equivalent == 0) {
                return "-";
            }
            return (caught > 0 ? "" + caught : "") + (equivalent > 0 ? "=" + equivalent : "");
        }
    }

    private static final String COLUMN = "%9s";

    private final Map<String, Map<Mutation, Cell>> rows = new LinkedHashMap<>();

    void add(Mutant mutant, boolean isCaught) {
        Map<Mutation, Cell> row =
                rows.computeIfAbsent(mutant.right().name(), _ -> new EnumMap<>(Mutation.class));
        row.put(mutant.mutation(), row.getOrDefault(mutant.mutation(), Cell.EMPTY).add(isCaught));
    }

    @Override
    public String toString() {
        int first = rows.keySet().stream().mapToInt(String::length).max().orElse(0);
        StringBuilder text = new StringBuilder("Mutants caught, =equivalent, - not applicable\n");
        line(text, first, "op", mutation -> mutation.heading());
        rows.forEach((op, row) -> line(
                text, first, op, mutation -> row.getOrDefault(mutation, Cell.EMPTY).toString()));
        return text.toString();
    }

    private static void line(
            StringBuilder text, int first, String name, java.util.function.Function<Mutation, String> cell) {
        text.append(String.format("%-" + first + "s", name));
        for (Mutation mutation : Mutation.values()) {
            text.append(' ').append(String.format(COLUMN, cell.apply(mutation)));
        }
        text.append('\n');
    }
}
