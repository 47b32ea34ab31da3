package dev.unroll.gradcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Ops;
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
        assertEquals(List.of(), without(Ops.table()), "ops without a property in OpGradientTest");
    }

    @Test
    void anOpWithoutAPropertyIsNamed() throws ReflectiveOperationException {
        Op added = new Op("added", Ops.ADD.domain(), Ops.ADD.forward(), Ops.ADD.backward());
        assertEquals(List.of(added), without(List.of(Ops.ADD, added)));
    }
}
