package dev.unroll.bench.cli;

import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Entry of the command line. Exit code 0: done; 1: it failed; 2: it was called wrongly. */
@Command(
        name = "unroll",
        description = "Trains, samples and evaluates deep recurrent networks in pure Java, and measures their kernels.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT, // every command has --help
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            TrainCommand.class, SampleCommand.class, EvalCommand.class, InfoCommand.class, ExampleCommand.class,
            GradcheckCommand.class,
            PeersCommand.class,
            JmhCommand.class
        })
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Show where an error came from, not only its message.")
    private boolean verbose;

    private Main() {}

    /**
     * Runs a command and exits with its code.
     *
     * @param args the command and its options
     */
    public static void main(String... args) {
        int code = run(args);
        if (System.out.checkError() && code == 0) {
            System.err.println("unroll: the standard output was closed or is full, and something is missing in it");
            code = CommandLine.ExitCode.SOFTWARE;
        }
        System.exit(code);
    }

    /**
     * Runs a command.
     *
     * @param args the command and its options
     * @return the exit code
     */
    static int run(String... args) {
        Main main = new Main();
        CommandLine line = new CommandLine(main)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExpandAtFiles(false) // a text may begin with @
                .setAllowOptionsAsOptionParameters(true)
                .setParameterExceptionHandler((e, _) -> main.sayUsage(e))
                .setExecutionExceptionHandler((e, command, _) -> main.sayFailure(e, command));
        try {
            Arguments.check(line, args);
            return line.execute(args);
        } catch (ParameterException e) { // of the check; those of a command go to the handler
            return main.sayUsage(e);
        } catch (OutOfMemoryError e) { // an error, which the handlers above are not asked about
            return main.sayFailure(
                    new IllegalStateException(
                            "out of memory: " + e.getMessage() + "; use less text, or UNROLL_OPTS=-Xmx8g", e),
                    line);
        }
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    private int sayUsage(ParameterException e) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        PrintWriter err = command.getErr();
        err.println(name + ": " + oneLine(e.getMessage()) + "; see " + name + " --help");
        if (verbose) {
            e.printStackTrace(err);
        }
        return CommandLine.ExitCode.USAGE;
    }

    private int sayFailure(Exception e, CommandLine command) {
        PrintWriter err = command.getErr();
        err.println(command.getCommandSpec().qualifiedName() + ": " + message(e));
        if (verbose) {
            e.printStackTrace(err);
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String message(Exception e) {
        if (e instanceof FileSystemException file && file.getReason() == null) {
            String problem =
                    switch (file) {
                        case NoSuchFileException _ -> "no such file; check the path";
                        case AccessDeniedException _ -> "access denied; check its permissions";
                        default -> file.getClass().getSimpleName();
                    };
            return file.getFile() + ": " + problem;
        }
        return e.getMessage() == null ? e.toString() : oneLine(e.getMessage());
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
