package dev.unroll.rnn.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.init.Initializer;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Values of parameters are written by a call that makes packed forms anew, and by nothing else. */
class ParameterWriteTest {
    private final Workspace workspace = new Workspace("a test");
    private final Parameters parameters = new Parameters();
    private final Parameter weight = parameters.declare("weight", Initializer.zeros(), 1, 1);

    ParameterWriteTest() {
        parameters.declare("bias", Initializer.zeros(), 1);
        parameters.allocate(workspace, ElementType.F64, new Random(1));
    }

    @AfterEach
    void close() {
        workspace.close();
    }

    /** A product with packed weights. */
    private double timesThree() {
        Tape tape = Tape.inference(workspace, ElementType.F64, WorkerPool.caller());
        Tensor three = workspace.allocate(ElementType.F64, 1, 1);
        three.set(0, 0, 3);
        return tape.matmul(tape.constant(three), weight).value().get(0, 0);
    }

    @Test
    void whatReadsGivesViewsThatCannotBeWrittenTo() {
        for (Tensor view : new Tensor[] {weight.value(), parameters.values()}) {
            assertTrue(view.isReadOnly());
            for (Runnable writes : new Runnable[] {() -> view.set(0, 0, 1), view::clear,
                () -> view.copyFrom(new double[(int) view.size()])}) {
                String message = assertThrows(IllegalArgumentException.class, writes::run).getMessage();
                assertTrue(message.contains("Parameter.write"), message);
                assertTrue(message.length() <= 300, message);
            }
        }
        assertSame(weight.value(), weight.value(), "one view, not one per call");
        assertSame(parameters.values(), parameters.values());
        assertEquals(0, timesThree());
    }

    @Test
    void viewsSeeWhatIsWritten() {
        Tensor before = weight.value();
        assertEquals(0, timesThree());
        weight.write(values -> values.set(0, 0, 2));
        assertEquals(6, timesThree());
        assertEquals(2, before.get(0, 0));
        parameters.write("a change", values -> values.set(0, 0, 5));
        assertEquals(15, timesThree());
        assertEquals(5, before.get(0, 0));
    }

    @Test
    void aWriterThatFailsLeavesNoStalePackedForm() {
        assertEquals(0, timesThree());
        IOException fault = new IOException("half way");
        assertSame(fault, assertThrows(IOException.class, () -> weight.write(values -> {
            values.set(0, 0, 4);
            throw fault;
        })));
        assertEquals(12, timesThree());
        assertThrows(ArithmeticException.class, () -> parameters.write("a change", values -> {
            values.set(0, 0, 7);
            throw new ArithmeticException();
        }));
        assertEquals(21, timesThree());
        parameters.write("it is not held any more", _ -> {});
    }

    @Test
    void nobodyWritesWhileOthersWork() throws InterruptedException {
        try (var _ = parameters.share("a reader")) {
            assertThrows(IllegalStateException.class, () -> weight.write(_ -> {}));
        }
        AtomicReference<Throwable> seen = new AtomicReference<>();
        weight.write(_ -> {
            Thread other = new Thread(() -> {
                try {
                    parameters.write("another change", _ -> {});
                } catch (IllegalStateException e) {
                    seen.set(e);
                }
            });
            other.start();
            other.join();
        });
        assertTrue(seen.get().getMessage().contains("writing to weight"), seen.get().getMessage());
        weight.write(values -> parameters.write("inside", all -> assertFalse(all.isReadOnly() || values.isReadOnly())));
    }

    @Test
    void withoutMemoryThereIsNothingToWrite() {
        Parameters none = new Parameters();
        Parameter early = none.declare("early", Initializer.zeros(), 2);
        assertThrows(IllegalStateException.class, () -> early.write(_ -> {}));
        assertThrows(IllegalStateException.class, early::value);
        assertThrows(IllegalStateException.class, () -> none.write("a change", _ -> {}));
        assertEquals(null, none.values());
    }
}
