package dev.unroll.bench.vm;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * A program of this class path in a fresh virtual machine with the options of this one, which is ended when this one ends.
 *
 * @param name what messages call it, such as fork 2 of 3
 * @param main the class to run
 * @param arguments of the program
 */
public record Fork(String name, Class<?> main, List<String> arguments) {
    private static final int LAST_LINES = 3;

    /**
     * Runs it to its end.
     *
     * @param progress receives every line that it prints on its standard output or error
     * @throws IOException if it cannot be started, or ends with another exit code than 0; the message has its last lines
     * @throws InterruptedException if the thread is interrupted after its last line; the virtual machine is then ended
     */
    public void run(Consumer<String> progress) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(ThisVm.java());
        command.addAll(ThisVm.options());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread hook = new Thread(() -> end(process));
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            process.getOutputStream().close();
            Deque<String> last = passOn(process, progress);
            int code = process.waitFor();
            if (code != 0) {
                throw new IOException(name + " ended with exit code " + code + ": " + String.join(" / ", last));
            }
        } finally {
            end(process);
            removeHook(hook);
        }
    }

    /** Returns the last lines. */
    private static Deque<String> passOn(Process process, Consumer<String> progress) throws IOException {
        Deque<String> last = new ArrayDeque<>();
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                progress.accept(line);
                if (!line.isBlank()) {
                    last.add(line.strip());
                }
                if (last.size() > LAST_LINES) {
                    last.remove();
                }
            }
        }
        return last;
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // this virtual machine is ending, and the hook runs
        }
    }
}
