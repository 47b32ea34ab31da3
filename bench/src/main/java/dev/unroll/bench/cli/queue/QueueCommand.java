package dev.unroll.bench.cli.queue;

import dev.unroll.bench.cli.common.CommandLines;
import dev.unroll.bench.cli.train.Interruption;
import dev.unroll.bench.queue.Program;
import dev.unroll.bench.queue.Queue;
import dev.unroll.bench.queue.QueueControl;
import dev.unroll.bench.queue.QueueFolder;
import dev.unroll.bench.queue.RunsFile;
import dev.unroll.rnn.io.Shown;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code unroll queue}: works through a file of runs, or tells the process that does what to do. */
@Command(
        name = QueueCommand.NAME,
        description = {
            "Works through a file of runs, one at a time, resuming each where it was stopped. A run that fails does"
                    + " not stop the others. Ctrl-C, or another signal, saves the current run and ends the queue; the"
                    + " same command resumes it, even after kill -9 or a crash of the machine.",
            "",
            "FILE holds one run per line, written as the arguments of unroll, such as",
            "  train --data text.txt --model gru:128 --out runs/a",
            "with quotes as in a shell; nothing is expanded. Empty lines and comments after # are ignored. Relative"
                    + " paths start from where the queue was first started. train needs --out, and is called with"
                    + " --resume. Lines may be appended while the queue works.",
            "",
            "The states of the runs, their output and the copy of this program that executes them are in FILE.state.",
            "Exit code 1: a run has failed.",
            ""},
        sortOptions = false)
public final class QueueCommand implements Callable<Integer> {
    public static final String NAME = "queue";

    private static final int DEFAULT_NICE = 10;
    private static final int MOST_NICE = 19;
    private static final int LONGEST_LINE = 2_000; // of a run, as it was written, and what it said

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The runs.")
    private Path file;

    @ArgGroup
    private Wish wish = new Wish();

    @Option(
            names = "--nice",
            paramLabel = "N",
            description = "Niceness of the runs, from 0 to 19, where the system has the command nice (default: "
                    + DEFAULT_NICE + ").")
    private Integer nice;

    /** What to do instead of working through the file. */
    private static final class Wish {
        @Option(
                names = "--status",
                description = "Print a line about the queue, and one for each run: its state, when it was begun and"
                        + " ended, how long it computed, what it is, and what it printed last or why it failed.")
        private boolean status;

        @Option(
                names = "--pause",
                description = "Save and stop the current run and start no other; return when nothing runs. The queue"
                        + " stays paused, even if it is started again.")
        private boolean pause;

        @Option(names = "--continue", description = "Resume a paused queue.")
        private boolean goOn;

        @Option(names = "--retry", description = "Queue the failed runs again.")
        private boolean retry;

        boolean isNone() {
            return !(status || pause || goOn || retry);
        }
    }

    @Override
    public Integer call() throws IOException {
        requireNice();
        RunsFile runs = new RunsFile(file, new QueuedCommands((CommandLines.Factory) spec.root().userObject()));
        if (wish.isNone() || wish.retry || !Files.isRegularFile(file) && !QueueFolder.exists(file)) {
            runs.check(); // a line that is wrong keeps nobody from pausing
        }
        QueueFolder folder = QueueFolder.of(file);
        if (!wish.isNone()) {
            fulfil(new QueueControl(runs, folder, this::print));
            return 0;
        }
        if (!Program.isCopy()) {
            Program.becomeCopy(folder, spec.root().userObject().getClass().getName(),
                    spec.root().commandLine().getParseResult()
                            .originalArgs().toArray(String[]::new));
        }
        return work(runs, folder) ? 0 : 1;
    }

    private void requireNice() {
        if (nice != null && !wish.isNone()) {
            throw new ParameterException(spec.commandLine(), "--nice is of a queue that is started; leave it out");
        }
        if (nice != null && (nice < 0 || nice > MOST_NICE)) {
            throw new ParameterException(
                    spec.commandLine(), "--nice must be from 0 to " + MOST_NICE + ", not " + nice);
        }
    }

    private void fulfil(QueueControl control) throws IOException {
        if (wish.status) {
            control.status().forEach(this::print);
        } else if (wish.pause) {
            control.pause();
        } else if (wish.goOn) {
            control.goOn();
        } else {
            control.retry();
        }
    }

    private boolean work(RunsFile runs, QueueFolder folder) throws IOException {
        try (Interruption interruption = Interruption.noted(() -> print("ending, as soon as the run has saved ..."))) {
            boolean good = new Queue(
                    runs, folder, nice == null ? DEFAULT_NICE : nice, this::print, interruption::requested).work();
            new QueueControl(runs, folder, this::print).status().forEach(this::print);
            return good;
        }
    }

    private synchronized void print(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(Shown.message(line, LONGEST_LINE));
        out.flush();
    }
}
