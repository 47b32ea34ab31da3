package dev.unroll.bench.cli.paper;

import dev.unroll.bench.dataset.DataFolder;
import dev.unroll.bench.dataset.Dataset;
import dev.unroll.bench.dataset.PennTreebank;
import dev.unroll.bench.dataset.PennTreebank.Stream;
import dev.unroll.bench.dataset.PianoRolls;
import dev.unroll.bench.paper.Experiment;
import dev.unroll.rnn.io.Shown;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of {@code unroll paper} that say where the data are. */
final class PaperDataOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where the folders music, ptb and books are or will be kept (default: .cache/unroll in your"
                    + " home).")
    private Path folder;

    @Option(
            names = "--accept-ptb-terms",
            description = "Download the Penn Treebank if it is not there: its text is under the copyright of LDC and"
                    + " Dow Jones (LDC99T42), and may be used for research only.")
    private boolean acceptsTerms;

    @Option(
            names = "--characters",
            paramLabel = "authors|published",
            description = "Which characters ptb-char has: those of the paper's authors, or the published files"
                    + " (default: authors).")
    private Stream stream;

    /** The splits of a task; of the characters that are named, if it has several streams. */
    PaperData read(Experiment task, String streamOrNull) throws IOException {
        DataFolder data = DataFolder.of(folder).acceptPennTreebankTerms(acceptsTerms);
        return switch (task) {
            case JSB -> new PaperData.Music(PianoRolls.read(data.fetch(Dataset.JSB_CHORALES)));
            case NOTTINGHAM -> new PaperData.Music(PianoRolls.read(data.fetch(Dataset.NOTTINGHAM)));
            case MUSEDATA -> new PaperData.Music(PianoRolls.read(data.fetch(Dataset.MUSE_DATA)));
            case PIANO -> new PaperData.Music(PianoRolls.read(data.fetch(Dataset.PIANO_MIDI)));
            case PTB_WORD -> new PaperData.Text(PennTreebank.words(data), task.measure());
            case PTB_CHAR ->
                    new PaperData.Text(
                            PennTreebank.characters(data, stream(streamOrNull)),
                            task.measure());
        };
    }

    private static Stream stream(String name) {
        for (Stream known : Stream.values()) {
            if (known.name().equalsIgnoreCase(name)) {
                return known;
            }
        }
        throw new IllegalArgumentException("there is no stream of characters " + Shown.brief(name)
                + "; there are authors and published");
    }

    /** Which characters of the Penn Treebank are meant, null for other tasks. */
    String stream(Experiment task) {
        if (task == Experiment.PTB_CHAR) {
            return (stream == null ? Stream.AUTHORS : stream).name().toLowerCase(Locale.ROOT);
        }
        if (stream != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--characters is of ptb-char, and there are none in " + task + "; leave it out");
        }
        return null;
    }

    /** These options again, but for the stream of characters, for the line of a queue. */
    List<String> words() {
        List<String> words = new ArrayList<>();
        if (folder != null) {
            words.addAll(List.of("--data-dir", folder.toString()));
        }
        if (acceptsTerms) {
            words.add("--accept-ptb-terms");
        }
        return words;
    }
}
