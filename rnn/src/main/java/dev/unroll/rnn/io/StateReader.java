package dev.unroll.rnn.io;

import dev.unroll.kernels.Tensor;
import java.io.IOException;

/** Gives back, part by part, what a {@link StateWriter} collected. Belongs to one thread. */
public final class StateReader {
    private final String path;
    private final JsonObject values;
    private final Safetensors tensors;

    StateReader(JsonObject values, Safetensors tensors) {
        this("", values, tensors);
    }

    private StateReader(String path, JsonObject values, Safetensors tensors) {
        this.path = path;
        this.values = values;
        this.tensors = tensors;
    }

    /**
     * Whether there is a part or value.
     *
     * @param name of it
     * @return true if it was put there
     */
    public boolean has(String name) {
        return values.has(name);
    }

    /**
     * A part.
     *
     * @param name of the part
     * @return what was put into it
     * @throws MalformedFileException if there is none
     */
    public StateReader part(String name) throws MalformedFileException {
        return new StateReader(path + name + ".", values.object(name), tensors);
    }

    /**
     * The values of this part, other than doubles that may not be finite.
     *
     * @return with getters that name what they do not find
     */
    public JsonObject values() {
        return values;
    }

    /**
     * A number that was put as a double.
     *
     * @param name of the value
     * @return the same bits
     * @throws MalformedFileException if there is none
     */
    public double number(String name) throws MalformedFileException {
        return number(values, name);
    }

    /**
     * A number that was put as a double, into an object inside a part.
     *
     * @param object which
     * @param name of the value
     * @return the same bits
     * @throws MalformedFileException if there is none
     */
    public static double number(JsonObject object, String name) throws MalformedFileException {
        if (!(object.value(name) instanceof String text)) {
            return object.number(name);
        }
        return switch (text) {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> throw object.fault(name, "a number");
        };
    }

    /**
     * Reads a tensor.
     *
     * @param name of the tensor
     * @param into a tensor of as many numbers of the same type
     * @throws IOException if there is none, or it is of another type or size, or reading fails
     */
    public void read(String name, Tensor into) throws IOException {
        tensors.read(path + name, into);
    }

    /**
     * The file, for messages.
     *
     * @return its path
     */
    public String source() {
        return values.source();
    }
}
