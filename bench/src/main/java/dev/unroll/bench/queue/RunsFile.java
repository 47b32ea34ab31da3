package dev.unroll.bench.queue;

import dev.unroll.bench.dataset.TextFiles;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The file of a queue: a run a line, written as the arguments of {@code unroll}; empty lines and comments. */
public final class RunsFile {
    /** Far more than anybody writes: some ten thousand runs. */
    private static final int MOST_CHARACTERS = 1 << 22;

    private final Path file;
    private final Syntax syntax;

    /**
     * A file that is read again and again, for lines may be appended.
     *
     * @param file in UTF-8
     * @param syntax of its lines
     */
    public RunsFile(Path file, Syntax syntax) {
        this.file = file;
        this.syntax = syntax;
    }

    Path file() {
        return file;
    }

    /** The command for this file, for messages. */
    String command(String... options) {
        List<String> words = new ArrayList<>(List.of("unroll", "queue", file.toString()));
        words.addAll(List.of(options));
        return ShellWords.join(words);
    }

    /**
     * Refuses what {@link #read} would.
     *
     * @throws IOException with the file, the line and the reason
     */
    public void check() throws IOException {
        read(Path.of("").toAbsolutePath());
    }

    /**
     * Reads it.
     *
     * @param folder that relative paths start from
     * @return at least one run, in order
     * @throws IOException if it cannot be read, holds no run, or one that a queue could not make; with the line
     */
    List<QueuedRun> read(Path folder) throws IOException {
        List<String> lines = TextFiles.read(file, MOST_CHARACTERS).lines().toList();
        List<QueuedRun> runs = new ArrayList<>();
        Map<String, Integer> texts = new HashMap<>();
        Map<Path, Integer> outs = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            QueuedRun run = run(i + 1, lines.get(i), folder);
            if (run == null) {
                continue;
            }
            refuseTwice(run, texts.putIfAbsent(run.text(), run.line()), "it is the run");
            if (run.outOrNull() != null) {
                refuseTwice(run, outs.putIfAbsent(run.outOrNull(), run.line()), "its --out is that");
            }
            runs.add(run);
        }
        if (runs.isEmpty()) {
            throw new FileSystemException(file.toString(), null,
                    "holds no run; write one a line, such as train --data text.txt --out runs/a");
        }
        return runs;
    }

    private QueuedRun run(int line, String text, Path folder) throws IOException {
        try {
            List<String> words = ShellWords.split(text);
            if (words.isEmpty()) {
                return null;
            }
            Syntax.Meaning meaning = syntax.of(words);
            Path out = meaning.outOrNull() == null ? null : folder.resolve(meaning.outOrNull()).normalize();
            return new QueuedRun(line, ShellWords.join(words), meaning.command(), meaning.arguments(), out);
        } catch (IllegalArgumentException e) {
            throw fault(line, e.getMessage());
        }
    }

    private void refuseTwice(QueuedRun run, Integer earlierOrNull, String what) throws IOException {
        if (earlierOrNull != null) {
            throw fault(run.line(), what + " of line " + earlierOrNull + "; change one of them, or take it out");
        }
    }

    /** Why it could not be read, in a line that names it. */
    static String problem(IOException e) {
        return e instanceof NoSuchFileException missing
                ? missing.getFile() + ": no such file"
                : String.valueOf(e.getMessage());
    }

    private FileSystemException fault(int line, String problem) {
        return new FileSystemException(file.toString(), null, "line " + line + ": " + problem);
    }
}
