package dev.unroll.bench.dataset;

import dev.unroll.rnn.io.AtomicFile;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Function;

/**
 * Where {@linkplain Dataset the published files} are kept: in the folders {@code music}, {@code ptb} and {@code books}
 * of one folder, or directly in it. A file that is missing is downloaded once, those of the Penn Treebank only with the
 * user's consent; of every file the digest is checked.
 *
 * <p>Immutable, and safe for use by many threads and processes: a file appears as a whole.
 */
public final class DataFolder {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final Path folder;
    private final boolean acceptsPennTreebankTerms;
    private final Function<Dataset, RemoteFile> sources;

    private DataFolder(Path folder, boolean acceptsPennTreebankTerms, Function<Dataset, RemoteFile> sources) {
        this.folder = folder;
        this.acceptsPennTreebankTerms = acceptsPennTreebankTerms;
        this.sources = sources;
    }

    /**
     * The files in a folder.
     *
     * @param dirOrNull made when a file is downloaded to it; null for {@code .cache/unroll} in the user's home
     * @return the folder, without consent to the terms of the Penn Treebank
     * @throws IllegalStateException if it is null and the user has no home
     */
    public static DataFolder of(Path dirOrNull) {
        return of(dirOrNull, Dataset::source);
    }

    static DataFolder of(Path dirOrNull, Function<Dataset, RemoteFile> sources) {
        Path folder = dirOrNull != null ? dirOrNull : cacheFolder(System.getProperty("user.home"));
        return new DataFolder(folder, false, sources);
    }

    static Path cacheFolder(String home) {
        if (home == null || home.isEmpty() || home.equals("?")) { // what Java says of a user without an entry
            throw new IllegalStateException(
                    "this user has no home folder to keep data sets in; name a folder with --data-dir");
        }
        return Path.of(home, ".cache", "unroll");
    }

    /**
     * The same folder with the user's answer to the terms of the Penn Treebank, which is not open.
     *
     * @param accepted whether it may be downloaded
     * @return a new value
     */
    public DataFolder acceptPennTreebankTerms(boolean accepted) {
        return new DataFolder(folder, accepted, sources);
    }

    /**
     * Finds a file, or downloads it.
     *
     * @param set which one
     * @return its path
     * @throws IOException if another file is in its place, if it is missing and cannot or may not be downloaded, or if
     *     it cannot be read or written
     */
    public Path fetch(Dataset set) throws IOException {
        Path usual = folder.resolve(set.path());
        Path direct = folder.resolve(set.path().getFileName());
        Path file = Files.notExists(usual) && Files.exists(direct) ? direct : usual;
        if (Files.exists(file)) {
            requireContent(set, file);
        } else {
            requireConsent(set, file);
            write(file, download(set, file));
        }
        return file;
    }

    private static void requireContent(Dataset set, Path file) throws IOException {
        boolean mayBe = Files.isRegularFile(file) && Files.size(file) == set.size();
        if (!mayBe || !set.is(Files.readAllBytes(file))) {
            throw new FileSystemException(file.toString(), null, String.format(
                    Locale.ROOT,
                    "is not the published file, which has %,d bytes and SHA-256 %s; remove it, or name another folder with"
                            + " --data-dir",
                    set.size(), set.sha256()));
        }
    }

    private void requireConsent(Dataset set, Path file) throws IOException {
        if (set.needsConsent() && !acceptsPennTreebankTerms) {
            throw new NoSuchFileException(file.toString(), null, "is missing; the Penn Treebank is " + set.terms()
                    + ": put its files there, or accept that by --accept-ptb-terms to download them");
        }
    }

    private byte[] download(Dataset set, Path file) throws IOException {
        RemoteFile source = sources.apply(set);
        byte[] content;
        try {
            content = set.from(source.download(TIMEOUT));
        } catch (IOException e) {
            throw missing(source, file, e);
        }
        if (!set.is(content)) {
            throw missing(source, file, new IOException("it does not hold the text"));
        }
        return content;
    }

    private static IOException missing(RemoteFile source, Path file, IOException reason) {
        FileSystemException missing = new NoSuchFileException(file.toString(), null,
                "is missing and cannot be downloaded from "
                        + source.address() + " (" + RemoteFile.reason(reason)
                        + "); put it there, or name its folder with --data-dir");
        missing.initCause(reason);
        return missing;
    }

    private static void write(Path file, byte[] content) throws IOException {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            AtomicFile.replace(file, channel -> Channels.newOutputStream(channel).write(content));
        } catch (IOException e) {
            FileSystemException unwritable = new FileSystemException(
                    file.toString(), null,
                    "cannot be written (" + RemoteFile.reason(e) + "); name another folder with --data-dir");
            unwritable.initCause(e);
            throw unwritable;
        }
    }
}
