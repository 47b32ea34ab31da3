package dev.unroll.bench.music;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PianoRollPictureTest {
    @TempDir
    private Path temp;

    private BufferedImage write(Piece piece) throws IOException {
        Path file = temp.resolve("piece.png");
        PianoRollPicture.write(file, piece);
        return ImageIO.read(file.toFile());
    }

    @Test
    void everyPixelIsThatOfItsNote() throws IOException {
        Piece piece = Pieces.random(23, 7, 5);
        BufferedImage image = write(piece);
        assertEquals(23 * 4, image.getWidth());
        assertEquals(88 * 4, image.getHeight());
        for (int x = 0; x < image.getWidth(); x++) {
            for (int y = 0; y < image.getHeight(); y++) {
                Color wanted = color(piece, x / 4, 87 - y / 4);
                assertEquals(wanted.getRGB(), image.getRGB(x, y), x + " " + y);
            }
        }
    }

    private static Color color(Piece piece, int frame, int column) {
        if (piece.sounds(frame, column)) {
            return frame < 7 ? new Color(0x8C8CC8) : Color.BLACK;
        }
        return Notes.name(column).contains("#") ? new Color(0xE4E4E4) : Color.WHITE;
    }

    @Test
    void theHighestNoteIsAtTheTop() throws IOException {
        BufferedImage image = write(Pieces.of(new int[] {108}, new int[] {21}));
        assertEquals(Color.BLACK.getRGB(), image.getRGB(0, 0));
        assertEquals(Color.WHITE.getRGB(), image.getRGB(4, 0));
        assertEquals(Color.BLACK.getRGB(), image.getRGB(7, 351));
        assertEquals(Color.WHITE.getRGB(), image.getRGB(3, 351));
    }

    @Test
    void theLongestPieceHasAPictureToo() throws IOException {
        int[][] frames = new int[MusicSampler.MAX_FRAMES][0];
        frames[frames.length - 1] = new int[] {60};
        Path file = temp.resolve("piece.png");
        PianoRollPicture.write(file, Pieces.of(frames));
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        assertEquals(400_000, bytes.getInt(16), "the width in the header of a PNG");
    }
}
