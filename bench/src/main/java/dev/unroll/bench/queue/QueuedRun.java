package dev.unroll.bench.queue;

import java.nio.file.Path;
import java.util.List;

/**
 * A run of the file.
 *
 * @param line where it stands, from 1
 * @param text what was written, in the one way that {@link ShellWords#join} writes it; runs with the same text are the
 *     same
 * @param command that is run, such as {@code train}
 * @param arguments of the command line
 * @param outOrNull the absolute folder where it saves what it resumes
 */
record QueuedRun(int line, String text, String command, List<String> arguments, Path outOrNull) {}
