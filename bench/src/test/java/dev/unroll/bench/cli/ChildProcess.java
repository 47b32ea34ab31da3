package dev.unroll.bench.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The command line in a virtual machine of its own, with the class path of this one. */
public final class ChildProcess {
    private ChildProcess() {}

    /**
     * Starts a command in a working folder, where it may leave a model that it could not save elsewhere, with options of the
     * virtual machine; what it prints goes to one pipe.
     */
    public static Process start(Path folder, List<String> vmOptions, String... args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(vmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(Arrays.asList(args));
        try {
            return new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Options under which the SIMD kernels run, and some more. */
    public static List<String> vector(String... more) {
        List<String> options = new ArrayList<>(List.of("--add-modules", "jdk.incubator.vector"));
        options.addAll(Arrays.asList(more));
        return options;
    }

    /** All that it printed, once it has ended. */
    public static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes());
    }
}
