package dev.unroll.rnn.internal;

/** Checks arguments for null. */
public final class Nulls {
    private Nulls() {}

    /**
     * Returns an argument that is not null.
     *
     * @throws IllegalArgumentException if it is null, naming the call and the parameter
     */
    public static <T> T require(String call, String parameter, T argument) {
        if (argument == null) {
            throw new IllegalArgumentException(call + ": " + parameter + " is null");
        }
        return argument;
    }

    /** Returns an array that, like its elements, is not null. */
    public static <T> T[] requireAll(String call, String parameter, T[] arguments) {
        require(call, parameter, arguments);
        for (int i = 0; i < arguments.length; i++) {
            require(call, parameter + "[" + i + "]", arguments[i]);
        }
        return arguments;
    }
}
