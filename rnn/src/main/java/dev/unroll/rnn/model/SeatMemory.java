package dev.unroll.rnn.model;

import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import java.util.ArrayList;
import java.util.List;

/** The input, the state and the output of every seat, a row each. */
final class SeatMemory implements AutoCloseable {
    private final Tensor input;
    private final Tensor state;
    private final Tensor output;
    private final RowMemory inputs;
    private final RowMemory states;
    private final RowMemory outputs;
    private final int[] columns;
    private final List<Tensor> initial;

    /**
     * Allocates the memory.
     *
     * @param one a step of one row, whose shapes and initial state it takes over
     */
    SeatMemory(Workspace memory, int seats, ReplayedStep one) {
        initial = one.parts().stream().map(ReplayedStep.Part::initial).toList();
        columns = initial.stream().mapToInt(part -> Math.toIntExact(part.columns())).toArray();
        int width = 0;
        for (int each : columns) {
            width += each;
        }
        input = memory.zeros(one.input().type(), seats, one.input().columns());
        state = memory.zeros(one.output().type(), seats, Math.max(1, width));
        output = memory.zeros(one.output().type(), seats, one.output().columns());
        inputs = RowMemory.writing(input, seats);
        states = RowMemory.writing(state, seats);
        outputs = RowMemory.writing(output, seats);
    }

    RowMemory inputs() {
        return inputs;
    }

    RowMemory outputs() {
        return outputs;
    }

    Tensor input(int place) {
        return input.rows(place, 1);
    }

    Tensor output(int place) {
        return output.rows(place, 1);
    }

    /** {@return the parts of the state of a seat, {@code [1, size]} each} */
    List<Tensor> state(int place) {
        List<Tensor> parts = new ArrayList<>();
        int from = 0;
        for (int each : columns) {
            parts.add(state.rows(place, 1).columns(from, each));
            from += each;
        }
        return parts;
    }

    /** {@return what the parts of the state of a new sequence hold} */
    List<Tensor> initial() {
        return initial;
    }

    /** Copies the parts of the state of a seat into a row of each of some memories. */
    void getStates(int place, List<RowMemory> to, int row) {
        long at = 0;
        for (int i = 0; i < to.size(); i++) {
            states.get(place, at, to.get(i), row);
            at += to.get(i).bytes();
        }
    }

    /** Copies a row of each of some memories into the parts of the state of a seat. */
    void putStates(int place, List<RowMemory> from, int row) {
        long at = 0;
        for (int i = 0; i < from.size(); i++) {
            states.put(place, at, from.get(i), row);
            at += from.get(i).bytes();
        }
    }

    @Override
    public void close() {
        inputs.close();
        states.close();
        outputs.close();
    }
}
