package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.rnn.autograd.ArithmeticOps;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.OpTable;
import java.lang.reflect.Method;
import java.util.List;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Runs every property of {@link OpGradientTest} once and looks at which ops they really checked. */
class CompletenessTest {
    private static List<Op> without(List<Op> ops) throws ReflectiveOperationException {
        OpGradientTest properties = new OpGradientTest();
        for (Method method : OpGradientTest.class.getDeclaredMethods()) {
            if (method.isAnnotationPresent(Property.class)) {
                method.invoke(properties, 1L);
            }
        }
        return ops.stream().filter(op -> !properties.checked().contains(op)).toList();
    }

    @Test
    void everyOpOfTheTableHasAProperty() throws ReflectiveOperationException {
        assertEquals(List.of(), without(OpTable.all()), "ops without a property in OpGradientTest");
    }

    @Test
    void anOpWithoutAPropertyIsNamed() throws ReflectiveOperationException {
        Op added =
                new Op("added", ArithmeticOps.ADD.domain(), ArithmeticOps.ADD.forward(), ArithmeticOps.ADD.backward());
        assertEquals(List.of(added), without(List.of(ArithmeticOps.ADD, added)));
    }
}
