package dev.unroll.bench.peers;

import dev.unroll.kernels.Activation;
import dev.unroll.kernels.ElementType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * The works that are compared: the sizes of recurrent networks, and those by which such libraries are usually known.
 */
public final class Catalogue {
    private static final int[] BATCHES = {1, 2, 4, 8, 12, 16, 20, 24, 32, 48, 64};
    private static final int[] DOUBLE_BATCHES = {1, 8, 16, 32, 64};
    private static final int[] DEPTHS = {256, 512};
    private static final int[] SQUARES = {64, 256, 512, 1024, 2048};
    private static final int GATES = 1024;
    private static final int STEPS_BY_BATCH = 1120;
    private static final int HIDDEN = 256;
    private static final int IN_CACHE = 1 << 16;
    static final int LETTERS = 28;
    private static final int NOTES = 88;
    static final int WINDOW = 35;

    private Catalogue() {}

    /**
     * All works.
     *
     * @return table by table
     */
    public static List<Work> all() {
        List<Work> works = new ArrayList<>();
        for (int depth : DEPTHS) {
            for (int batch : BATCHES) {
                works.add(new Work.Product(true, ElementType.F32, batch, GATES, depth));
            }
        }
        for (int batch : DOUBLE_BATCHES) {
            works.add(new Work.Product(true, ElementType.F64, batch, GATES, HIDDEN));
        }
        for (ElementType type : List.of(ElementType.F32, ElementType.F64)) {
            for (int size : SQUARES) {
                works.add(new Work.Product(false, type, size, size, size));
            }
            works.add(new Work.Product(false, type, STEPS_BY_BATCH, GATES, HIDDEN));
        }
        for (ElementType type : List.of(ElementType.F32, ElementType.F64)) {
            for (Activation f : Activation.values()) {
                works.add(new Work.Nonlinearity(f, type, IN_CACHE));
            }
        }
        for (int batch : new int[] {1, 32, 128}) {
            works.add(new Work.LstmPass(ElementType.F32, batch, HIDDEN));
        }
        works.addAll(networks());
        return works;
    }

    /** Whole networks: those of the papers, and those that show how speed grows with their sizes. */
    private static List<Work> networks() {
        List<Work> works = new ArrayList<>(Growth.FULL.works());
        for (String cell : List.of("gru", "rnn")) {
            works.add(new Work.Network(Work.Use.TRAIN, cell, 2, HIDDEN, LETTERS, false, 32, WINDOW));
        }
        for (int[] size : new int[][] {{32, WINDOW}, {16, 100}, {1, 200}}) {
            works.add(new Work.Network(Work.Use.TRAIN, "dts", 1, 400, NOTES, false, size[0], size[1]));
        }
        for (String cell : List.of("lstm", "gru", "rnn")) {
            works.add(new Work.Network(Work.Use.RAGGED, cell, 2, HIDDEN, LETTERS, false, 32, 2 * WINDOW));
        }
        works.add(new Work.Network(Work.Use.TRAIN, "lstm", 2, 650, 10_000, true, 20, WINDOW));
        for (String cell : List.of("lstm", "gru", "rnn")) {
            works.add(new Work.Network(Work.Use.INFER, cell, 2, HIDDEN, LETTERS, false, 32, WINDOW));
        }
        for (int batch : new int[] {1, 64}) {
            works.add(new Work.Network(Work.Use.INFER, "lstm", 2, HIDDEN, LETTERS, false, batch, WINDOW));
        }
        for (int[] size : new int[][] {{1, 128}, {2, HIDDEN}, {2, 1024}}) {
            works.add(new Work.Network(Work.Use.STEP, "lstm", size[0], size[1], LETTERS, false, 1, 1));
        }
        works.add(new Work.Network(Work.Use.STEP, "gru", 2, HIDDEN, LETTERS, false, 1, 1));
        return works;
    }

    /**
     * Few and small works, one of each kind, to see that all is in place.
     *
     * @return the works
     */
    public static List<Work> small() {
        return List.of(
                new Work.Product(true, ElementType.F32, 4, 64, 32),
                new Work.Product(false, ElementType.F32, 64, 64, 64),
                new Work.Product(false, ElementType.F64, 64, 64, 64),
                new Work.Nonlinearity(Activation.TANH, ElementType.F32, 1 << 10),
                new Work.LstmPass(ElementType.F32, 4, 64),
                new Work.Network(Work.Use.TRAIN, "lstm", 2, 16, 5, true, 3, 4),
                new Work.Network(Work.Use.TRAIN, "dts", 1, 16, 5, false, 3, 4),
                new Work.Network(Work.Use.RAGGED, "gru", 1, 16, 5, false, 3, 4),
                new Work.Network(Work.Use.INFER, "gru", 1, 16, 5, false, 3, 4),
                new Work.Network(Work.Use.STEP, "rnn", 1, 16, 5, false, 1, 1));
    }

    /**
     * What works may be asked for by.
     *
     * @return families and names
     */
    public static Collection<String> names() {
        Collection<String> names = new TreeSet<>(List.of(Growth.NAME));
        for (Work work : all()) {
            names.add(work.family());
            names.add(work.name());
        }
        return names;
    }
}
