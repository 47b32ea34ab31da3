package dev.unroll.bench.cli.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.unroll.bench.cli.Call;
import dev.unroll.bench.cli.Scales;
import dev.unroll.bench.dataset.PianoRolls;
import dev.unroll.bench.music.MusicSampler;
import dev.unroll.bench.music.Piece;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Vocabulary;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.sound.midi.MidiSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What saved models make: texts with several temperatures, and music. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class SampleTest {
    @TempDir
    private Path temp;

    private Path text;
    private Path music;

    @BeforeEach
    void saveModels() throws IOException {
        text = temp.resolve("text");
        Vocabulary vocabulary =
                Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, "a model that has learned nothing yet");
        try (var model = new LanguageModel(NetworkBuilder.gru(vocabulary.size(), 8, 1).seed(1).build(), vocabulary)) {
            model.save(text);
        }
        music = temp.resolve("music");
        try (DeepRnn network = NetworkBuilder.of("gru:8", 88).seed(2).build()) {
            network.save(music);
        }
    }

    private Call sampleText(String... more) {
        return sample(text, List.of("--prefix", "a mod", "--length", "30"), more);
    }

    private Call sampleMusic(String... more) {
        return sample(music, List.of("--length", "12"), more);
    }

    private static Call sample(Path model, List<String> options, String... more) {
        List<String> args = new ArrayList<>(List.of("sample", "--model", model.toString()));
        args.addAll(options);
        args.addAll(List.of(more));
        return Call.of(args.toArray(String[]::new));
    }

    private static String succeed(Call call) {
        assertEquals(0, call.code(), call.err());
        assertEquals("", call.err());
        return call.out();
    }

    @Test
    void aTextIsContinuedWithEachTemperature() {
        String all = succeed(sampleText("--temperature", "0.5,0.8", "--temperature", "1", "--seed", "3"));
        List<String> lines = all.lines().toList();
        assertEquals(3, lines.size(), all);
        List<String> temperatures = List.of("0.5", "0.8", "1");
        for (int i = 0; i < 3; i++) {
            String alone = succeed(sampleText("--temperature", temperatures.get(i), "--seed", "3"));
            assertEquals("temperature " + temperatures.get(i) + ": " + alone.stripTrailing(), lines.get(i));
        }
    }

    @Test
    void oneTemperatureNeedsNoLabel() throws IOException {
        try (LanguageModel model = LanguageModel.load(text)) {
            String drawn = "a mod" + model.sample("a mod", 30, 0.7, 0);
            assertEquals(drawn + System.lineSeparator(), succeed(sampleText("--temperature", "0.7")));
            String likeliest = "a mod" + model.sample("a mod", 30);
            assertEquals(likeliest + System.lineSeparator(), succeed(sampleText()));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "0.5,0 | --temperature must be positive, not 0.0",
        "0.5,NaN | --temperature must be positive, not NaN",
        "1,Infinity | --temperature must be positive, not Infinity",
        "1,-2,3 | --temperature must be positive, not -2.0",
        "0.5,warm | --temperature \"warm\" is no number; give one such as 0.8",
        "0.5,,1 | --temperature \"\" is no number",
        "0.5, | --temperature \"\" is no number",
        "'' | --temperature \"\" is no number",
        ", | --temperature \"\" is no number"})
    void temperaturesThatCannotBeMeantAreRefused(String value, String part) {
        sampleText("--temperature", value).assertFailed(2, part);
        sampleMusic("--temperature", value).assertFailed(2, part);
    }

    @Test
    void musicIsPrintedFrameByFrame() throws IOException {
        Piece piece = piece(new Frames(88), 12, 1, 0);
        assertEquals(names(piece), succeed(sampleMusic()).lines().toList(), "drawn as the model has it, with seed 0");
        Piece other = piece(new Frames(88), 12, 0.3, 8);
        assertEquals(names(other), succeed(sampleMusic("--temperature", "0.3", "--seed", "8")).lines().toList());
        assertNotEquals(names(piece), names(other));
    }

    private Piece piece(Frames beginning, int length, double temperature, long seed) throws IOException {
        try (WorkerPool pool = new WorkerPool(1); DeepRnn network = DeepRnn.load(music, pool)) {
            return new MusicSampler(network).sample(beginning, length, temperature, seed);
        }
    }

    private static List<String> names(Piece piece) {
        List<String> names = new ArrayList<>();
        for (int t = 0; t < piece.count(); t++) {
            names.add(piece.names(t));
        }
        return names;
    }

    @Test
    void musicGoesToFilesInsteadOfTheTerminal() throws Exception {
        Path midi = Files.writeString(temp.resolve("p.MID"), "replaced");
        Path picture = temp.resolve("p.png");
        assertEquals("", succeed(sampleMusic("--midi", midi.toString(), "--frames-per-minute", "120")));
        assertEquals("", succeed(sampleMusic("--picture", picture.toString())));
        byte[] alone = Files.readAllBytes(midi);
        String both = succeed(sampleMusic(
                "--picture", picture.toString(), "--midi", midi.toString(), "--frames-per-minute", "120"));
        assertEquals("", both);
        assertArrayEquals(alone, Files.readAllBytes(midi));
        assertEquals(6_000_000, MidiSystem.getSequence(midi.toFile()).getMicrosecondLength(),
                "12 frames, 120 a minute");
        Piece piece = piece(new Frames(88), 12, 1, 0);
        BufferedImage image = ImageIO.read(picture.toFile());
        assertEquals(12 * 4, image.getWidth());
        for (int t = 0; t < 12; t++) {
            for (int column = 0; column < 88; column++) {
                assertEquals(piece.sounds(t, column), image.getRGB(4 * t, 4 * (87 - column)) == 0xFF000000);
            }
        }
        succeed(sampleMusic("--midi", midi.toString()));
        assertEquals(3_600_000, MidiSystem.getSequence(midi.toFile()).getMicrosecondLength(), "200 a minute");
    }

    @Test
    void musicBeginsAsAPieceDoes() throws IOException {
        String rolls = Scales.write(temp.resolve("scales.mat")).toString();
        Frames third = PianoRolls.read(Path.of(rolls)).test().get(2);
        Frames beginning = third.frames(0, 20);
        List<String> lines = succeed(sampleMusic(
                "--prefix-from", rolls, "--split", "test", "--piece", "3", "--prefix-frames", "20")).lines().toList();
        assertEquals(32, lines.size());
        assertEquals("F3 G5", lines.getFirst(), "columns 32 and 58");
        assertEquals(names(new Piece(beginning, 20)), lines.subList(0, 20));
        assertEquals(names(piece(beginning, 12, 1, 0)), lines);

        Frames first = PianoRolls.read(Path.of(rolls)).validation().getFirst();
        Frames usual = first.frames(0, 16);
        assertEquals(names(piece(usual, 12, 1, 0)), succeed(sampleMusic("--prefix-from", rolls)).lines().toList());

        sampleMusic("--prefix-from", rolls, "--piece", "7")
                .assertFailed(1, "scales.mat: --split valid has 6 pieces; --piece must be at most 6, not 7");
        sampleMusic("--prefix-from", rolls, "--split", "train", "--piece", "2", "--prefix-frames", "28")
                .assertFailed(1, "piece 2 of --split train has 27 frames; --prefix-frames must be at most 27, not 28");
        sampleMusic("--prefix-from", temp.resolve("none.mat").toString()).assertFailed(1, "none.mat: no such file");
    }

    /** After a scale that it has learned, the notes of the scale go on: two of 88, from one frame to the next. */
    @Test
    void aModelThatHasLearnedScalesPlaysThem() throws IOException {
        String rolls = Scales.write(temp.resolve("scales.mat")).toString();
        Path model = temp.resolve("trained");
        Call train = Call.of(
                "train", "--data", rolls, "--model", "rnn:40", "--epochs", "80", "--lr", "0.02", "--batch", "2",
                "--steps", "15", "--out", model.toString());
        assertEquals(0, train.code(), train.err());
        List<String> lines = succeed(sample(model, List.of("--length", "10"), "--prefix-from", rolls, "--piece", "6",
                "--prefix-frames", "30", "--temperature", "0.1")).lines().toList();
        List<String> scale = names(new Piece(PianoRolls.read(Path.of(rolls)).validation().get(5), 0));
        assertEquals(scale.subList(0, 40), lines);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--midi x.mid", "--picture x.png", "--prefix-from x.mat"})
    void whatIsOfMusicIsRefusedForTexts(String option) {
        String[] words = option.split(" ");
        String value = temp.resolve(words[1]).toString();
        sampleText(words[0], value).assertFailed(2, words[0] + " is of models of music", "leave it out");
        assertFalse(Files.exists(temp.resolve(words[1])));
    }

    @Test
    void whatIsOfTextsIsRefusedForMusic() {
        sampleMusic("--prefix", "a").assertFailed(2, "--prefix is of models of texts", "--prefix-from FILE.mat");
        sampleMusic("--temperature", "0.5,1").assertFailed(2, "--temperature with several values", "give one");
        sample(text, List.of("--length", "5")).assertFailed(2, "--prefix is missing", "a model of texts");
        sample(music, List.of("--length", "100001")).assertFailed(2, "--length must be at most 100000 with a model");
        sample(music, List.of("--length", "99999", "--prefix-from", "x.mat"))
                .assertFailed(2, "--length must be at most 99984 with a model");
    }

    @Test
    void networksThatDoNotPredictMusicAreRefused() throws IOException {
        Path folder = temp.resolve("other");
        try (DeepRnn network = NetworkBuilder.of("gru:8", 5).outputs(2).build()) {
            network.save(folder);
        }
        sample(folder, List.of("--length", "5"))
                .assertFailed(1, "this model has 5 inputs and 2 outputs, but a frame has 88 notes");
        try (DeepRnn network = NetworkBuilder.of("gru:8:bidirectional", 88).build()) {
            network.save(folder);
        }
        sample(folder, List.of("--length", "5")).assertFailed(1, "looks ahead");
    }

    /** There is no such model: nothing of it is looked at before. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "2 | --midi x.mp3 | --midi x.mp3 must end in .mid or .midi",
        "2 | --picture x.gif | --picture x.gif must end in .png",
        "1 | --midi no/x.mid | no/x.mid: no folder",
        "1 | --picture no/x.png | no/x.png: no folder",
        "2 | --frames-per-minute 100 | --frames-per-minute goes with --midi; add that",
        "2 | --midi x.mid --frames-per-minute 9 | --frames-per-minute must be from 10 to 10000, not 9",
        "2 | --midi x.mid --frames-per-minute 10001 | --frames-per-minute must be from 10 to 10000, not 10001",
        "2 | --split test | --split goes with --prefix-from; add that, or leave --split out",
        "2 | --piece 3 | --piece goes with --prefix-from",
        "2 | --prefix-frames 3 | --prefix-frames goes with --prefix-from",
        "2 | --prefix-from x.mat --piece 0 | --piece must be at least 1, not 0",
        "2 | --prefix-from x.mat --prefix-frames 0 | --prefix-frames must be from 1 to 99999, not 0",
        "2 | --prefix-from x.mat --split all | all",
        "2 | --prefix a --seed 3 | --seed is of the draws of --temperature"})
    void aWrongCallIsRefusedBeforeTheModelIsRead(int code, String options, String part) {
        Call call = sample(temp.resolve("none"), List.of("--length", "5"), options.split(" "));
        call.assertFailed(code, part);
        assertEquals(1, call.err().strip().lines().count(), call.err());
    }

    @Test
    void aFolderWithoutAModelIsNamed() {
        sample(temp.resolve("none"), List.of("--length", "5")).assertFailed(1, "none: no saved model there");
    }
}
