package dev.unroll.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A public method of the kernels as a row of a table: its tensors, how to call it, and what it is to compute, written
 * in double from its documentation.
 *
 * @param name as messages give it
 * @param arguments the tensors, in the order of the call
 * @param call the method
 * @param formula what it is to compute
 * @param terms summands of the longest sum, for tolerances
 */
record Face(String name, List<Argument> arguments, Call call, Formula formula, ToIntFunction<Sizes> terms) {
    /** What the letters of a signature stand for. */
    record Sizes(int m, int n, int k) {
        int of(String text) {
            return switch (text) {
                case "m" -> m;
                case "n" -> n;
                case "k" -> k;
                case "3n" -> 3 * n;
                case "4n" -> 4 * n;
                default -> Integer.parseInt(text);
            };
        }
    }

    enum Role {
        /** Only read. */
        IN,
        /** Written without being read. */
        OUT,
        /** Read and written. */
        CHANGED,
        /** Read integers, from 0 to a limit. */
        IDS
    }

    /**
     * A tensor of a call.
     *
     * @param rows a size of {@link Sizes}
     * @param columns likewise
     * @param limit of ids, likewise; otherwise null
     * @param dense whether gaps between its rows are refused
     * @param anyRows whether any number of rows will do
     */
    record Argument(
            String name, Role role, String rows, String columns, String limit, boolean dense, boolean anyRows) {
        boolean isWritten() {
            return role == Role.OUT || role == Role.CHANGED;
        }
    }

    interface Call {
        double run(Tensor[] tensors, WorkerPool pool);
    }

    /** Changes the matrices {@code a[argument][row][column]} as the call changes its tensors. */
    interface Formula {
        double run(double[][]... a);
    }

    private static final Pattern ARGUMENT =
            Pattern.compile("(in|out|changed|ids) (\\w+)\\[(\\w+)(\\*?),(\\w+)](?:<(\\w+))?( dense)?");

    /**
     * A row of the table.
     *
     * @param signature such as {@code in x[m,n], out y[m,n]}; {@code <k} limits ids, {@code *} allows any number of
     *     rows, {@code dense} allows no gaps
     */
    static Face of(String name, String signature, Call call, Formula formula, ToIntFunction<Sizes> terms) {
        List<Argument> arguments = new ArrayList<>();
        for (String text : signature.split(", ")) {
            Matcher matcher = ARGUMENT.matcher(text);
            if (!matcher.matches()) {
                throw new IllegalArgumentException(text);
            }
            Role role = Role.valueOf(matcher.group(1).toUpperCase());
            boolean dense = role == Role.IDS || matcher.group(7) != null;
            arguments.add(
                    new Argument(
                            matcher.group(2), role, matcher.group(3), matcher.group(5), matcher.group(6), dense,
                            !matcher.group(4).isEmpty()));
        }
        return new Face(name, arguments, call, formula, terms);
    }

    @Override
    public String toString() {
        return name;
    }
}
