package dev.unroll.bench.cli;

import dev.unroll.bench.cli.common.Arguments;
import dev.unroll.bench.cli.common.CommandLines;
import dev.unroll.bench.cli.gradcheck.GradcheckCommand;
import dev.unroll.bench.cli.paper.PaperCommand;
import dev.unroll.bench.cli.pytorch.ExportCommand;
import dev.unroll.bench.cli.pytorch.ImportCommand;
import dev.unroll.bench.cli.pytorch.RunCommand;
import dev.unroll.bench.cli.queue.QueueCommand;
import dev.unroll.bench.cli.sample.ConvertCommand;
import dev.unroll.bench.cli.sample.EvalCommand;
import dev.unroll.bench.cli.sample.SampleCommand;
import dev.unroll.bench.cli.train.TrainCommand;
import dev.unroll.rnn.io.Shown;
import java.io.PrintWriter;
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
            ImportCommand.class, ExportCommand.class, ConvertCommand.class,
            RunCommand.class,
            PaperCommand.class,
            QueueCommand.class,
            GradcheckCommand.class,
            PeersCommand.class,
            ServingCommand.class,
            ScalingCommand.class,
            JmhCommand.class,
            VmsCommand.class
        })
public final class Main implements Runnable, CommandLines.Factory {
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
        CommandLine line = commandLine(main)
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
                            "out of memory: " + e.getMessage()
                                    + "; use less text (--max-tokens N), or UNROLL_OPTS=-Xmx8g",
                            e),
                    line);
        }
    }

    /** Returns a parser of all commands. */
    public static CommandLine commandLine() {
        return commandLine(new Main());
    }

    @Override
    public CommandLine newCommandLine() {
        return commandLine();
    }

    private static CommandLine commandLine(Main main) {
        return CommandLines.configured(new CommandLine(main));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    private int sayUsage(ParameterException e) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        PrintWriter err = command.getErr();
        String before = name + ": ";
        String after = "; see " + name + " --help";
        int most = Shown.MAX_MESSAGE - before.length() - after.length();
        err.println(before + Shown.message(e.getMessage(), most) + after);
        if (verbose) {
            e.printStackTrace(err);
        }
        return CommandLine.ExitCode.USAGE;
    }

    private int sayFailure(Exception e, CommandLine command) {
        PrintWriter err = command.getErr();
        String before = command.getCommandSpec().qualifiedName() + ": ";
        err.println(before + CommandLines.reason(e, Shown.MAX_MESSAGE - before.length()));
        if (verbose) {
            e.printStackTrace(err);
        }
        return CommandLine.ExitCode.SOFTWARE;
    }
}
