package dev.unroll.bench.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.rnn.data.Frames;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two models that need no network have the losses that were computed for them elsewhere, in nats per frame: so the pieces,
 * their order in time, their splits and the average over frames are what results are compared on.
 */
class MusicBaselinesTest {
    /** The training, validation and test split, each with Bernoulli and Markov over all frames but the first of a piece. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "JSB_CHORALES | 11.1277 10.4526 | 10.9853 10.1487 | 11.0925 10.4919",
        "NOTTINGHAM | 10.0670 5.2139 | 10.0125 5.2350 | 10.2608 5.1532",
        "MUSE_DATA | 11.6525 8.6979 | 11.8519 8.6609 | 11.5142 8.5592",
        "PIANO_MIDI | 11.3308 8.3767 | 11.4959 9.2393 | 11.0517 8.2644"})
    void theNextFrameHasTheLossOfTheBaselines(Dataset set, String train, String validation, String test)
            throws IOException {
        assertLosses(set, 1, train, validation, test);
    }

    /** The same over all frames, the first one of a piece always by Bernoulli. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "JSB_CHORALES | 11.0959 10.4319 | 10.9521 10.1293 | 11.0614 10.4706",
        "NOTTINGHAM | 10.0574 5.2235 | 10.0032 5.2439 | 10.2519 5.1639",
        "MUSE_DATA | 11.6457 8.6974 | 11.8467 8.6610 | 11.5097 8.5603",
        "PIANO_MIDI | 11.3259 8.3753 | 11.4907 9.2373 | 11.0455 8.2619"})
    void everyFrameHasTheLossOfTheBaselines(Dataset set, String train, String validation, String test)
            throws IOException {
        assertLosses(set, 0, train, validation, test);
    }

    private static void assertLosses(Dataset set, int first, String train, String validation, String test)
            throws IOException {
        PianoRolls rolls = PianoRolls.read(SharedData.folder(set).fetch(set));
        NoteModel model = new NoteModel(rolls.train());
        assertEquals(train, losses(model, rolls.train(), first));
        assertEquals(validation, losses(model, rolls.validation(), first));
        assertEquals(test, losses(model, rolls.test(), first));
    }

    private static String losses(NoteModel model, List<Frames> pieces, int first) {
        return String.format(
                Locale.ROOT, "%.4f %.4f", model.nats(pieces, first, false), model.nats(pieces, first, true));
    }

    /** Every note by itself: how often it sounds, and how often after it did or did not sound before; add one. */
    private static final class NoteModel {
        private static final int NOTES = PianoRolls.NOTES;

        private final double[] chances = new double[NOTES];
        private final double[][] chancesAfter = new double[2][NOTES];

        NoteModel(List<Frames> pieces) {
            int frames = 0;
            int[][] after = new int[2][NOTES];
            for (Frames piece : pieces) {
                frames += piece.count();
                float[] numbers = piece.toFloats();
                for (int i = 0; i < numbers.length; i++) {
                    chances[i % NOTES] += numbers[i];
                    if (i >= NOTES) {
                        int before = (int) numbers[i - NOTES];
                        after[before][i % NOTES]++;
                        chancesAfter[before][i % NOTES] += numbers[i];
                    }
                }
            }
            for (int note = 0; note < NOTES; note++) {
                chances[note] = (chances[note] + 1) / (frames + 2);
                for (int before = 0; before < 2; before++) {
                    chancesAfter[before][note] = (chancesAfter[before][note] + 1) / (after[before][note] + 2);
                }
            }
        }

        /** The mean loss of a frame from a first one of each piece on. */
        double nats(List<Frames> pieces, int first, boolean isMarkov) {
            double[][] losses = new double[6][NOTES]; // a logarithm is slow, and these are all there are
            for (int note = 0; note < NOTES; note++) {
                for (int before = 0; before < 3; before++) {
                    double chance = before == 2 ? chances[note] : chancesAfter[before][note];
                    losses[2 * before][note] = -Math.log1p(-chance);
                    losses[2 * before + 1][note] = -Math.log(chance);
                }
            }
            double sum = 0;
            long frames = 0;
            for (Frames piece : pieces) {
                float[] values = piece.toFloats();
                frames += piece.count() - first;
                for (int i = first * NOTES; i < values.length; i++) {
                    int before = isMarkov && i >= NOTES ? (int) values[i - NOTES] : 2;
                    sum += losses[2 * before + (int) values[i]][i % NOTES];
                }
            }
            return sum / frames;
        }
    }
}
