package dev.unroll.rnn.io;

import dev.unroll.kernels.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Collects values and tensors for a checkpoint, part by part. Belongs to one thread. */
public final class StateWriter {
    private final String path;
    private final Map<String, Object> values;
    private final SequencedMap<TensorInfo, Numbers> tensors;

    StateWriter() {
        this("", new LinkedHashMap<>(), new LinkedHashMap<>());
    }

    private StateWriter(String path, Map<String, Object> values, SequencedMap<TensorInfo, Numbers> tensors) {
        this.path = path;
        this.values = values;
        this.tensors = tensors;
    }

    /**
     * A part of its own, in which names do not meet those of others.
     *
     * @param name of the part, unique here
     * @return where it goes
     */
    public StateWriter part(String name) {
        checkFree(name);
        Map<String, Object> own = new LinkedHashMap<>();
        values.put(name, own);
        return new StateWriter(path + name + ".", own, tensors);
    }

    /**
     * Adds a value.
     *
     * @param name unique in this part
     * @param value a JSON value as for {@link Json#write}; a double, also in lists and maps, may be infinite or NaN
     * @return this
     * @throws IllegalArgumentException if the name is taken
     */
    public StateWriter put(String name, Object value) {
        checkFree(name);
        values.put(name, portable(value));
        return this;
    }

    private void checkFree(String name) {
        if (values.containsKey(name)) {
            throw new IllegalArgumentException("a checkpoint would have two values named " + Shown.quote(path + name)
                    + "; give each its own name");
        }
    }

    /** JSON has no numbers that are not finite: they become texts. */
    private static Object portable(Object value) {
        return switch (value) {
            case Double number when !Double.isFinite(number) -> number.toString();
            case Float number when !Float.isFinite(number) -> number.toString();
            case List<?> elements -> elements.stream().map(StateWriter::portable).toList();
            case Map<?, ?> members -> {
                Map<Object, Object> all = new LinkedHashMap<>();
                members.forEach((key, member) -> all.put(key, portable(member)));
                yield all;
            }
            case null, default -> value;
        };
    }

    /**
     * Adds a tensor, which must keep its numbers until the checkpoint is written.
     *
     * @param name unique in this part
     * @param tensor whose rows lie one behind the other
     * @return this
     * @throws IllegalArgumentException if the name is taken
     */
    public StateWriter put(String name, Tensor tensor) {
        Numbers numbers = Numbers.of(tensor);
        if (tensors.keySet().stream().anyMatch(info -> info.name().equals(path + name))) {
            throw new IllegalArgumentException("a checkpoint would have two tensors named " + Shown.quote(path + name)
                    + "; give each its own name");
        }
        tensors.put(new TensorInfo(path + name, tensor.type(), tensor.shape()), numbers);
        return this;
    }

    Map<String, Object> values() {
        return values;
    }

    SequencedMap<TensorInfo, Numbers> tensors() {
        return tensors;
    }
}
