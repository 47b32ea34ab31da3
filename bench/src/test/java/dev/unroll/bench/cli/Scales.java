package dev.unroll.bench.cli;

import java.io.IOException;
import java.nio.file.Path;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.Cell;
import us.hebi.matlab.mat.types.MatFile;
import us.hebi.matlab.mat.types.MatlabType;
import us.hebi.matlab.mat.types.Matrix;

/** Scales, up and down: two notes sound at each time, and the next ones follow from those before. */
public final class Scales {
    /** How many pieces each split has; piece i, counted from 0, has {@code 20 + 7 i} frames. */
    public static final int PIECES = 6;

    private Scales() {}

    /** Writes a piano-roll file, whose splits are all the same. */
    public static Path write(Path file) throws IOException {
        MatFile content = Mat5.newMatFile();
        for (String split : new String[] {"traindata", "validdata", "testdata"}) {
            Cell cell = Mat5.newCell(1, PIECES);
            for (int i = 0; i < PIECES; i++) {
                Matrix piece = Mat5.newMatrix(20 + 7 * i, 88, MatlabType.UInt8);
                for (int t = 0; t < piece.getNumRows(); t++) {
                    piece.setByte(t, 30 + (t + i) % 12, (byte) 1);
                    piece.setByte(t, 60 - (t + i) % 12, (byte) 1);
                }
                cell.set(i, piece);
            }
            content.addArray(split, cell);
        }
        Mat5.writeToFile(content, file.toFile());
        return file;
    }
}
