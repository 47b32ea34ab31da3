package dev.unroll.bench.cli.queue;

import dev.unroll.bench.cli.common.Arguments;
import dev.unroll.bench.cli.common.CommandLines;
import dev.unroll.bench.queue.Syntax;
import dev.unroll.rnn.io.Shown;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The commands that a queue can run: all but itself. Those that know {@code --resume} are called with it. */
public final class QueuedCommands implements Syntax {
    private static final String RESUME = "--resume";
    private static final String OUT = "--out";
    private static final String EVERY = "--checkpoint-every";

    private final CommandLines.Factory program;

    public QueuedCommands(CommandLines.Factory program) {
        this.program = program;
    }

    @Override
    public Meaning of(List<String> words) {
        String[] args = words.toArray(String[]::new);
        CommandLine line = program.newCommandLine();
        ParseResult all;
        try {
            Arguments.check(line, args);
            all = line.parseArgs(args);
        } catch (ParameterException e) {
            throw new IllegalArgumentException(
                    Shown.message(e.getMessage()) + "; see " + e.getCommandLine().getCommandSpec().qualifiedName()
                            + " --help",
                    e);
        }
        if (!all.hasSubcommand()) {
            throw new IllegalArgumentException("a command is missing; begin the line with one, such as train");
        }
        ParseResult command = all.subcommand();
        String name = command.commandSpec().name();
        if (name.equals(QueueCommand.NAME)) {
            throw new IllegalArgumentException("a queue cannot run a queue; write the runs of the other one here");
        }
        return command.commandSpec().findOption(RESUME) == null
                ? new Meaning(name, words, null)
                : resumed(name, words, command);
    }

    private static Meaning resumed(String name, List<String> words, ParseResult command) {
        Path out = command.matchedOptionValue(OUT, null);
        if (out == null) {
            throw new IllegalArgumentException(name + " has no " + OUT + ", where it is resumed from; add it");
        }
        if (command.hasMatchedOption(EVERY) && "off".equalsIgnoreCase(command.matchedOptionValue(EVERY, ""))) {
            throw new IllegalArgumentException(
                    EVERY + " off makes no checkpoints, but a queue resumes its runs; leave it out");
        }
        List<String> arguments = new ArrayList<>(words);
        if (!command.hasMatchedOption(RESUME)) {
            arguments.add(RESUME);
        }
        return new Meaning(name, arguments, out);
    }
}
