package dev.unroll.rnn.model;

import java.util.ArrayList;
import java.util.List;

/** A recorded step of a number of rows, between which and the memory of the seats rows are copied. */
final class JoinedStep implements AutoCloseable {
    private final ReplayedStep step;
    private final int rows;
    private final RowMemory input;
    private final RowMemory output;
    private final List<RowMemory> current = new ArrayList<>();
    private final List<RowMemory> next = new ArrayList<>();

    JoinedStep(ReplayedStep step, int rows) {
        this.step = step;
        this.rows = rows;
        input = RowMemory.writing(step.input(), rows);
        output = RowMemory.reading(step.output(), rows);
        for (ReplayedStep.Part part : step.parts()) {
            current.add(RowMemory.writing(part.current(), rows));
            next.add(RowMemory.reading(part.next(), rows));
        }
    }

    int rows() {
        return rows;
    }

    /** Runs it on whatever its rows hold. */
    void run() {
        step.run();
    }

    /** Runs the steps of seats. Rows beyond them hold what they held before, which was valid, and nobody reads them. */
    void run(Seat[] seats, int count, SeatMemory memory) {
        for (int i = 0; i < count; i++) {
            int place = seats[i].place();
            memory.inputs().get(place, 0, input, i);
            memory.getStates(place, current, i);
        }
        step.run();
        for (int i = 0; i < count; i++) {
            int place = seats[i].place();
            memory.outputs().put(place, 0, output, i);
            memory.putStates(place, next, i);
        }
    }

    @Override
    public void close() {
        input.close();
        output.close();
        current.forEach(RowMemory::close);
        next.forEach(RowMemory::close);
        step.close();
    }
}
