package dev.unroll.bench.cli.common;

import dev.unroll.bench.dataset.DataFolder;
import dev.unroll.bench.dataset.Dataset;
import dev.unroll.bench.dataset.PianoRolls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The values of {@code --data}: files, or names of published data sets. A file with such a name is {@code ./NAME}. */
public final class DataNames {
    /** The names, for help. */
    public static final String HELP = "a published data set, downloaded once: the books timemachine, warofworlds and"
            + " tinyshakespeare, or the music jsb, nottingham, musedata or piano";

    /** Help text of {@code --data-dir}. */
    public static final String FOLDER =
            "Where published data sets are kept or downloaded to (default: the user's .cache/unroll).";

    private static final Map<String, Dataset> PUBLISHED = Map.of(
            "timemachine", Dataset.TIME_MACHINE, "warofworlds", Dataset.WAR_OF_THE_WORLDS,
            "tinyshakespeare", Dataset.TINY_SHAKESPEARE,
            "jsb", Dataset.JSB_CHORALES, "nottingham", Dataset.NOTTINGHAM,
            "musedata", Dataset.MUSE_DATA, "piano", Dataset.PIANO_MIDI);

    private DataNames() {}

    /** Tells whether the data are one piano-roll file. */
    public static boolean isMusic(List<String> data) {
        return data.size() == 1 && isMusic(data.getFirst());
    }

    private static boolean isMusic(String name) {
        Dataset published = PUBLISHED.get(name);
        return PianoRolls.isOne(published == null ? name : published.path().toString());
    }

    /**
     * Refuses what does not go together.
     *
     * @param data names of files and data sets
     * @param dirOrNull of {@code --data-dir}
     * @param command that was called
     */
    public static void check(List<String> data, Path dirOrNull, CommandLine command) {
        if (data.size() > 1 && data.stream().anyMatch(DataNames::isMusic)) {
            String music = data.stream().filter(DataNames::isMusic).findFirst().orElseThrow();
            throw new ParameterException(command,
                    "--data " + music + " is music, which is read of one file; give it alone");
        }
        if (dirOrNull != null && data.stream().noneMatch(PUBLISHED::containsKey)) {
            throw new ParameterException(command, "--data-dir is where published data sets are kept, and "
                    + data.getFirst()
                    + " is read from its own place; leave --data-dir out, or give --data timemachine");
        }
    }

    /**
     * The files, those of data sets downloaded if they are not there yet.
     *
     * @param data names of files and data sets
     * @param dirOrNull where data sets are kept; null for the user's cache
     * @return one path a name
     * @throws IOException if a data set cannot be had
     */
    public static List<Path> files(List<String> data, Path dirOrNull) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String name : data) {
            Dataset published = PUBLISHED.get(name);
            files.add(published == null ? Path.of(name) : DataFolder.of(dirOrNull).fetch(published));
        }
        return files;
    }
}
