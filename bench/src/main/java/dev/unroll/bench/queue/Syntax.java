package dev.unroll.bench.queue;

import java.nio.file.Path;
import java.util.List;

/** Knows which commands there are and what their options mean. */
@FunctionalInterface
public interface Syntax {
    /**
     * What the words of a line mean.
     *
     * @param words at least one, a command and its options
     * @return what is to be run
     * @throws IllegalArgumentException if they are no call that a queue could make, with one line that says why
     */
    Meaning of(List<String> words);

    /**
     * A call of the command line.
     *
     * @param command its name, such as {@code train}
     * @param arguments with which it resumes what was stopped
     * @param outOrNull the folder where it saves what it resumes, as it was written
     */
    record Meaning(String command, List<String> arguments, Path outOrNull) {
        /** Copies the arguments. */
        public Meaning {
            arguments = List.copyOf(arguments);
        }
    }
}
