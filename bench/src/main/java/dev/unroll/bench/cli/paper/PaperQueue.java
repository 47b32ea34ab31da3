package dev.unroll.bench.cli.paper;

import dev.unroll.bench.paper.RunKey;
import dev.unroll.bench.queue.ShellWords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Appends runs of {@code unroll paper} to a file of a queue. */
final class PaperQueue {
    private static final String OUT = "--out";

    private final Path file;
    private final Map<String, String> lineOfFolder = new HashMap<>();

    /** The file as it is, which need not be there. */
    PaperQueue(Path file) throws IOException {
        this.file = file;
        for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
            List<String> words = ShellWords.split(line);
            int out = words.indexOf(OUT);
            if (out >= 0 && out + 1 < words.size()) {
                lineOfFolder.put(words.get(out + 1), ShellWords.join(words));
            }
        }
    }

    /**
     * Appends the runs that the file does not have, all at once.
     *
     * @param keys the runs
     * @param more options of all of them
     * @return how many
     * @throws IllegalArgumentException if the file has another run in the folder of one
     */
    int append(List<RunKey> keys, List<String> more) throws IOException {
        List<String> lines = new ArrayList<>();
        for (RunKey key : keys) {
            String folder = "runs/" + key.folder();
            String line = ShellWords.join(words(key, folder, more));
            String there = lineOfFolder.putIfAbsent(folder, line);
            if (there == null) {
                lines.add(line);
            } else if (!there.equals(line)) {
                throw new IllegalArgumentException(file + " has a run in " + folder + " already, with other options: "
                        + there + "; change that line, or use another file");
            }
        }
        if (!lines.isEmpty()) {
            append(String.join("\n", lines) + "\n");
        }
        return lines.size();
    }

    private static List<String> words(RunKey key, String folder, List<String> more) {
        List<String> words = new ArrayList<>(List.of(
                "paper", "--task", key.task().toString(), "--model", key.model().toString(), "--recipe",
                key.recipe().toString(), "--seed", Long.toString(key.seed()), OUT, folder));
        if (!key.variant().isEmpty()) {
            words.addAll(List.of("--with", key.variant()));
        }
        if (key.stream() != null) {
            words.addAll(List.of("--characters", key.stream()));
        }
        words.addAll(more);
        return words;
    }

    /** In one write: a queue that works on the file must not read half a line. */
    private void append(String lines) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            String text = endsInLine(channel) ? lines : "\n" + lines;
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), channel.size());
        }
    }

    private static boolean endsInLine(FileChannel channel) throws IOException {
        ByteBuffer last = ByteBuffer.allocate(1);
        return channel.size() == 0 || channel.read(last, channel.size() - 1) == 1 && last.get(0) == '\n';
    }
}
