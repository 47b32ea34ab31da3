package dev.unroll.bench.music;

import dev.unroll.bench.report.ReportFile;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/**
 * A piece as a picture, a PNG: from left to right a column for each frame, from top to bottom a row for each note, the
 * highest first, on a ground of lighter rows for white keys and darker ones for black keys. No display is used.
 */
public final class PianoRollPicture {
    /** The side of the square that a note of a frame is drawn as, in pixels. */
    public static final int CELL = 4;

    /** Background of white keys. */
    public static final Color WHITE_KEY = Color.WHITE;

    /** Background of black keys. */
    public static final Color BLACK_KEY = new Color(0xE4E4E4);

    /** A note of a frame that was given. */
    public static final Color GIVEN = new Color(0x8C8CC8);

    /** A note of a frame that was drawn by the network. */
    public static final Color DRAWN = Color.BLACK;

    private static final int BITS = 2;

    private PianoRollPicture() {}

    /**
     * Writes a file as a whole.
     *
     * @param file which
     * @param piece what
     * @throws IOException if it cannot be written
     */
    public static void write(Path file, Piece piece) throws IOException {
        System.setProperty("java.awt.headless", "true");
        BufferedImage image = image(piece);
        ReportFile.write(file, out -> {
            if (!ImageIO.write(image, "png", out)) {
                throw new IOException("this Java writes no PNG pictures, which every Java with java.desktop does");
            }
        });
    }

    /** Two bits a pixel: the longest piece takes 35 MB. */
    private static BufferedImage image(Piece piece) {
        BufferedImage image = new BufferedImage(
                piece.count() * CELL, Notes.COUNT * CELL, BufferedImage.TYPE_BYTE_BINARY, colors());
        Graphics2D graphics = image.createGraphics();
        for (int column = 0; column < Notes.COUNT; column++) {
            fill(graphics, 0, column, piece.count(), Notes.isBlack(column) ? BLACK_KEY : WHITE_KEY);
            for (int t = 0; t < piece.count(); t++) {
                if (piece.sounds(t, column)) {
                    fill(graphics, t, column, 1, t < piece.given() ? GIVEN : DRAWN);
                }
            }
        }
        graphics.dispose();
        return image;
    }

    private static IndexColorModel colors() {
        Color[] colors = {WHITE_KEY, BLACK_KEY, GIVEN, DRAWN};
        int[] values = new int[colors.length];
        for (int i = 0; i < colors.length; i++) {
            values[i] = colors[i].getRGB();
        }
        return new IndexColorModel(BITS, values.length, values, 0, false, -1, DataBuffer.TYPE_BYTE);
    }

    private static void fill(Graphics2D graphics, int frame, int column, int frames, Color color) {
        graphics.setColor(color);
        graphics.fillRect(frame * CELL, (Notes.COUNT - 1 - column) * CELL, frames * CELL, CELL);
    }
}
