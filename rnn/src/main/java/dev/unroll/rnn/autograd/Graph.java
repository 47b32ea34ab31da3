package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * The recorded calls of a tape as text, one per line, such as
 * {@code %2 F32[8, 64], %3 F32[8, 64] = lstm(%1[0:8] F32[8, 256], constant1 F32[8, 64], constant2 F32[8, 64],
 * layer0.recurrent F32[64, 256])}. Outputs are numbered in their order; {@code %1[0:8]} are rows of %1, and
 * {@code %2..%8} the outputs of all steps of a time loop, first to last.
 */
final class Graph {
    /** An output of a call. */
    private record Output(int number, int call, Slice slice) {
        boolean contains(Slice other) {
            return slice.firstRow() <= other.firstRow() && slice.firstColumn() <= other.firstColumn()
                    && slice.firstRow() + slice.rows() >= other.firstRow() + other.rows()
                    && slice.firstColumn() + slice.columns() >= other.firstColumn() + other.columns();
        }

        boolean overlaps(Slice other) {
            return slice.firstRow() < other.firstRow() + other.rows()
                    && other.firstRow() < slice.firstRow() + slice.rows();
        }
    }

    private final List<Call> calls;
    private final Map<Storage, List<Output>> outputs = new IdentityHashMap<>();
    private final Map<Storage, String> leaves = new IdentityHashMap<>();
    private int outputCount;
    private int constants;
    private int variables;

    Graph(List<Call> calls) {
        this.calls = calls;
        for (int i = 0; i < calls.size(); i++) {
            for (Variable output : calls.get(i).outputs()) {
                outputs.computeIfAbsent(output.storage(), _ -> new ArrayList<>())
                        .add(new Output(++outputCount, i, sliceOf(output)));
            }
        }
    }

    private static Slice sliceOf(Variable variable) {
        return variable.slice().within(variable.storage().values());
    }

    String text() {
        StringBuilder text = new StringBuilder();
        int number = 0;
        for (Call call : calls) {
            StringJoiner made = new StringJoiner(", ");
            for (Variable output : call.outputs()) {
                made.add("%" + ++number + " " + shapeOf(output.value()));
            }
            StringJoiner given = new StringJoiner(", ", "(", ")");
            for (Variable input : call.inputs()) {
                given.add(nameOf(input) + " " + shapeOf(input.value()));
            }
            text.append(made).append(" = ").append(call.op()).append(given).append('\n');
        }
        return text.toString();
    }

    String dot() {
        StringBuilder text = new StringBuilder("digraph tape {\n  node [shape=box]\n");
        StringBuilder edges = new StringBuilder();
        int number = 0;
        for (int i = 0; i < calls.size(); i++) {
            StringJoiner label = new StringJoiner("\n").add(calls.get(i).op().name());
            for (Variable output : calls.get(i).outputs()) {
                label.add("%" + ++number + " " + shapeOf(output.value()));
            }
            text.append("  call").append(i + 1).append(" [label=").append(quote(label.toString())).append("]\n");
            for (Variable input : calls.get(i).inputs()) {
                addEdges(input, i, text, edges);
            }
        }
        return text.append(edges).append("}\n").toString();
    }

    /** From the calls that made an input, or from a leaf, which is a node of its own. */
    private void addEdges(Variable input, int call, StringBuilder nodes, StringBuilder edges) {
        String to = " -> call" + (call + 1);
        List<Output> made = outputs.get(input.storage());
        if (made != null) {
            Slice slice = sliceOf(input);
            made.stream().filter(output -> output.overlaps(slice)).forEach(output -> edges.append("  call")
                    .append(output.call + 1).append(to).append(" [label=").append(quote("%" + output.number))
                    .append("]\n"));
            return;
        }
        boolean isNew = !leaves.containsKey(input.storage());
        String leaf = quote(leafOf(input));
        if (isNew) {
            nodes.append("  ").append(leaf).append(" [shape=ellipse, label=")
                    .append(quote(leafOf(input) + "\n" + shapeOf(input.storage().values()))).append("]\n");
        }
        edges.append("  ").append(leaf).append(to).append('\n');
    }

    private static String shapeOf(Tensor tensor) {
        return tensor.type() + Arrays.toString(tensor.shape());
    }

    private static String quote(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    private String nameOf(Variable input) {
        Tensor whole = input.storage().values();
        Slice slice = sliceOf(input);
        List<Output> made = outputs.get(input.storage());
        if (made == null) {
            return leafOf(input) + part(slice, Slice.WHOLE.within(whole));
        }
        for (Output output : made) {
            if (output.contains(slice)) {
                return "%" + output.number + part(slice, output.slice);
            }
        }
        List<Output> some = made.stream().filter(output -> output.overlaps(slice)).toList();
        Slice allOfThem = new Slice(slice.firstRow(), slice.rows(), 0, whole.columns());
        return "%" + some.getFirst().number + "..%" + some.getLast().number + part(slice, allOfThem);
    }

    private String leafOf(Variable input) {
        return leaves.computeIfAbsent(
                input.storage(),
                _ -> input instanceof Parameter parameter
                        ? parameter.name()
                        : input.needsGradient() ? "variable" + ++variables : "constant" + ++constants);
    }

    /** The rows and columns of a part in those of a whole, as in {@code [0:8, 64:128]}; empty if it is all of it. */
    private static String part(Slice part, Slice whole) {
        String rows = part.rows() == whole.rows() ? "" : range(part.firstRow() - whole.firstRow(), part.rows());
        if (part.columns() == whole.columns()) {
            return rows.isEmpty() ? "" : "[" + rows + "]";
        }
        String columns = range(part.firstColumn() - whole.firstColumn(), part.columns());
        return "[" + (rows.isEmpty() ? ":" : rows) + ", " + columns + "]";
    }

    private static String range(long from, long count) {
        return from + ":" + (from + count);
    }
}
