package dev.unroll.bench.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** One call of the command line in this process: what it printed and its exit code. */
public record Call(int code, String out, String err) {
    /** The call failed with one line and no more. */
    public void assertFailed(int expected, String... parts) {
        assertEquals(expected, code, out + err);
        String last = err.strip().lines().toList().getLast();
        for (String part : parts) {
            assertTrue(last.contains(part), "expected '" + part + "' in: " + last);
        }
        assertFalse(err.contains("\tat "), "no stack trace: " + err);
    }

    /** Runs a command; tests that do hold the locks of both streams. */
    public static Call of(String... args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
            int code = Main.run(args);
            return new Call(
                    code, outBytes.toString(StandardCharsets.UTF_8), errBytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}
