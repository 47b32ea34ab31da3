package dev.unroll.bench.queue;

import dev.unroll.bench.vm.ThisVm;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Starts runs as processes of their own, from the copy of the program, and finds them again. */
final class RunProcess {
    private static final String MAIN = "dev.unroll.bench.cli.Main";

    private RunProcess() {}

    /**
     * Starts a run.
     *
     * @param nice how much it gives way to other processes, 0 for not at all
     */
    static Process start(QueuedRun run, QueueFolder queue, Path workingFolder, int nice) throws IOException {
        List<String> command = new ArrayList<>();
        if (nice > 0 && hasNice()) {
            command.addAll(List.of("nice", "-n", String.valueOf(nice)));
        }
        command.add(ThisVm.java());
        command.add(marker(queue.path())); // first, for the system may not show all of a long command line
        command.addAll(options(run.command()));
        command.addAll(List.of("-cp", Program.classPath(), MAIN));
        command.addAll(run.arguments());
        Process process = new ProcessBuilder(command)
                .directory(workingFolder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(queue.log(run).file().toFile()))
                .start();
        closeInput(process);
        return process;
    }

    private static void closeInput(Process process) {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // it has ended already
        }
    }

    private static boolean hasNice() {
        String path = System.getenv("PATH");
        return path != null && Stream.of(path.split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "nice")));
    }

    /** Those of this virtual machine, and those that bench/unroll gives to some commands. */
    private static List<String> options(String command) {
        List<String> options = new ArrayList<>(ThisVm.options());
        if (command.equals("peers")) {
            options.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xbatch"));
        }
        return options;
    }

    /** An option that nobody reads: it tells the runs of a queue from all other processes. */
    static String marker(Path queueFolder) {
        return "-Dunroll.queue=" + queueFolder;
    }

    /** The runs of a queue whose process is there, whoever has started it, as far as the system shows arguments. */
    static List<ProcessHandle> all(Path queueFolder) {
        String marker = marker(queueFolder);
        return ProcessHandle.allProcesses()
                .filter(process -> hasArgument(process.info(), marker))
                .toList();
    }

    /** Of a long command line there are no arguments, but only its beginning as one string. */
    private static boolean hasArgument(ProcessHandle.Info process, String argument) {
        return process.arguments().isPresent()
                ? List.of(process.arguments().get()).contains(argument)
                : process.commandLine().filter(line -> line.contains(" " + argument + " ")).isPresent();
    }
}
