package dev.unroll.bench.cli.sample;

import dev.unroll.bench.cli.common.Split;
import dev.unroll.bench.dataset.PianoRolls;
import dev.unroll.bench.music.MidiFile;
import dev.unroll.bench.music.MusicSampler;
import dev.unroll.bench.music.Notes;
import dev.unroll.bench.music.PianoRollPicture;
import dev.unroll.bench.music.Piece;
import dev.unroll.bench.report.ReportFile;
import dev.unroll.rnn.data.Frames;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of {@code unroll sample} for a model of music: what a piece begins with, and where it goes. */
final class MusicOptions {
    private static final int PREFIX_FRAMES = 16;
    private static final int FRAMES_PER_MINUTE = 200;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--prefix-from",
            paramLabel = "FILE.mat",
            description = "Music begins with the first frames of a piece of this piano-roll file, which are written"
                    + " too; without it, after a frame of silence, which is not.")
    private Path prefixFrom;

    @Option(
            names = "--split",
            paramLabel = "train|valid|test",
            description = "Which pieces of --prefix-from (default: valid).")
    private Split split;

    @Option(names = "--piece", paramLabel = "I", description = "Which piece of the split (default: 1, the first).")
    private Integer number;

    @Option(
            names = "--prefix-frames",
            paramLabel = "K",
            description = "How many frames of the piece (default: " + PREFIX_FRAMES + ").")
    private Integer prefixFrames;

    @Option(
            names = "--midi",
            paramLabel = "FILE.mid",
            description = "Write the music there as a MIDI file, in which a note that sounds in several frames in a"
                    + " row is held.")
    private Path midi;

    @Option(
            names = "--frames-per-minute",
            paramLabel = "N",
            description = "The tempo of --midi, in which a frame is an eighth note (default: " + FRAMES_PER_MINUTE
                    + ").")
    private Integer framesPerMinute;

    @Option(
            names = "--picture",
            paramLabel = "FILE.png",
            description = "Draw the music there, a row for each note, the highest at the top, and a column for each"
                    + " frame; notes of --prefix-from are blue. Without --midi and --picture the names of the notes"
                    + " are printed, a line for each frame, - for silence.")
    private Path picture;

    /** Refuses what no model could heed, and files that could not be written in the end. */
    void check() throws IOException {
        requireWith("--prefix-from", prefixFrom, "--split", split);
        requireWith("--prefix-from", prefixFrom, "--piece", number);
        requireWith("--prefix-from", prefixFrom, "--prefix-frames", prefixFrames);
        requireWith("--midi", midi, "--frames-per-minute", framesPerMinute);
        requireRange("--piece", number, 1, Integer.MAX_VALUE);
        requireRange("--prefix-frames", prefixFrames, 1, MusicSampler.MAX_FRAMES - 1);
        requireRange(
                "--frames-per-minute", framesPerMinute, MidiFile.MIN_FRAMES_PER_MINUTE, MidiFile.MAX_FRAMES_PER_MINUTE);
        requireFile("--midi", midi, ".mid", ".midi");
        requireFile("--picture", picture, ".png");
    }

    private void requireWith(String other, Object ofOther, String option, Object given) {
        if (given != null && ofOther == null) {
            throw wrong(option + " goes with " + other + "; add that, or leave " + option + " out");
        }
    }

    private void requireRange(String option, Integer given, int least, int most) {
        if (given != null && (given < least || given > most)) {
            String range = most == Integer.MAX_VALUE ? "at least " + least : "from " + least + " to " + most;
            throw wrong(option + " must be " + range + ", not " + given);
        }
    }

    /** A file by its ending, so that none of another kind, such as that of --prefix-from, is replaced by mistake. */
    private void requireFile(String option, Path file, String... endings) throws IOException {
        if (file == null) {
            return;
        }
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (Arrays.stream(endings).noneMatch(name::endsWith)) {
            throw wrong(option + " " + file + " must end in " + String.join(" or ", endings));
        }
        ReportFile.requireWritable(file);
    }

    /** Refuses what a model of texts does not heed. */
    void requireNone() {
        refuse("--prefix-from", prefixFrom);
        refuse("--midi", midi);
        refuse("--picture", picture);
    }

    private void refuse(String option, Object given) {
        if (given != null) {
            throw wrong(
                    option + " is of models of music, and this is a model of texts; leave it out, or give the folder"
                            + " of a model that was trained on piano-rolls");
        }
    }

    /** Refuses a longer piece than can be made. */
    void requireLength(int length) {
        int most = MusicSampler.MAX_FRAMES - (prefixFrom == null ? 0 : prefixFrames());
        if (length > most) {
            throw wrong("--length must be at most " + most + " with a model of music, whose pieces have at most "
                    + MusicSampler.MAX_FRAMES + " frames, not " + length);
        }
    }

    /** The frames that the music begins with, perhaps none. */
    Frames beginning() throws IOException {
        if (prefixFrom == null) {
            return new Frames(Notes.COUNT);
        }
        Split chosen = split == null ? Split.VALID : split;
        List<Frames> pieces = chosen.of(PianoRolls.read(prefixFrom));
        String name = chosen.name().toLowerCase(Locale.ROOT);
        int i = number == null ? 1 : number;
        if (i > pieces.size()) {
            throw tooMuch("--split " + name + " has " + pieces.size() + " pieces", "--piece", pieces.size(), i);
        }
        Frames piece = pieces.get(i - 1);
        int count = prefixFrames();
        if (count > piece.count()) {
            throw tooMuch("piece " + i + " of --split " + name + " has " + piece.count() + " frames", "--prefix-frames",
                    piece.count(), count);
        }
        return piece.frames(0, count);
    }

    private FileSystemException tooMuch(String what, String option, int most, int given) {
        return new FileSystemException(
                prefixFrom.toString(), null, what + "; " + option + " must be at most " + most + ", not " + given);
    }

    private int prefixFrames() {
        return prefixFrames == null ? PREFIX_FRAMES : prefixFrames;
    }

    /** Writes a piece to where it was asked for. */
    void write(Piece piece) throws IOException {
        if (midi != null) {
            MidiFile.write(midi, piece, framesPerMinute == null ? FRAMES_PER_MINUTE : framesPerMinute);
        }
        if (picture != null) {
            PianoRollPicture.write(picture, piece);
        }
        if (midi == null && picture == null) {
            for (int t = 0; t < piece.count(); t++) {
                spec.commandLine().getOut().println(piece.names(t));
            }
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
