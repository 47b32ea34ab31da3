package dev.unroll.bench.cli;

import dev.unroll.bench.dataset.BookCorpus;
import dev.unroll.bench.dataset.PianoRolls;
import dev.unroll.bench.dataset.TextFiles;
import dev.unroll.bench.paper.Experiment;
import dev.unroll.rnn.data.TextEncoder;
import dev.unroll.rnn.data.TextRule;
import dev.unroll.rnn.data.TokenKind;
import dev.unroll.rnn.data.Tokens;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The options of {@code unroll paper} that say where the data are. */
final class PaperDataOptions {
    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where the folders music, ptb and books are or will be kept.")
    private Path folder;

    PaperData read(Experiment task) throws IOException {
        return read(task, stream(task));
    }

    /** The splits of a task, of the characters that a result names. */
    PaperData read(Experiment task, String streamOrNull) throws IOException {
        return switch (task) {
            case JSB -> new PaperData.Music(PianoRolls.read(folder.resolve("music/JSB_Chorales.mat")));
            case NOTTINGHAM -> new PaperData.Music(PianoRolls.read(folder.resolve("music/Nottingham.mat")));
            case MUSEDATA -> new PaperData.Music(PianoRolls.read(folder.resolve("music/MuseData.mat")));
            case PIANO -> new PaperData.Music(PianoRolls.read(folder.resolve("music/Piano_midi.mat")));
            case PTB_WORD -> words();
            case PTB_CHAR -> throw new IllegalArgumentException("not yet");
        };
    }

    private PaperData words() throws IOException {
        BookCorpus train = BookCorpus.read(
                List.of(folder.resolve("ptb/ptb.train.txt")), TextEncoder.learning(TokenKind.WORDS, TextRule.EOS));
        Tokens valid = TextFiles.read(List.of(folder.resolve("ptb/ptb.valid.txt")), TextEncoder.of(train.vocabulary()));
        Tokens test = TextFiles.read(List.of(folder.resolve("ptb/ptb.test.txt")), TextEncoder.of(train.vocabulary()));
        return new PaperData.Text(train, valid, test, Experiment.PTB_WORD.measure());
    }

    /** Which characters of the Penn Treebank are meant, null for other tasks. */
    String stream(Experiment task) {
        return null;
    }

    /** These options again, for the line of a queue. */
    List<String> words(Experiment task) {
        List<String> words = new ArrayList<>();
        if (folder != null) {
            words.addAll(List.of("--data-dir", folder.toString()));
        }
        return words;
    }
}
