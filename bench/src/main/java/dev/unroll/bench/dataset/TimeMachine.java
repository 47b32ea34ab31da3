package dev.unroll.bench.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;

/** The Time Machine by H. G. Wells (1895), in the file that Dive into Deep Learning uses; downloaded once. */
public final class TimeMachine {
    private static final URI ADDRESS = URI.create("http://d2l-data.s3-accelerate.amazonaws.com/timemachine.txt");
    private static final String SHA_1 = "090b5e7e70c295757f55df93cb0a180b9691891a";
    private static final int MAX_BYTES = 1 << 20;

    private final Path file;
    private final URI address;

    /**
     * The book in a folder.
     *
     * @param folder where it is or will be kept
     */
    public TimeMachine(Path folder) {
        this(folder, ADDRESS);
    }

    TimeMachine(Path folder, URI address) {
        file = folder.resolve("timemachine.txt");
        this.address = address;
    }

    /**
     * The folder for downloads when the user names none.
     *
     * @return {@code .cache/unroll} in the user's home
     * @throws IllegalStateException if the user has none
     */
    public static Path cacheFolder() {
        return cacheFolder(System.getProperty("user.home"));
    }

    static Path cacheFolder(String home) {
        if (home == null || home.isEmpty() || home.equals("?")) { // what Java says of a user without an entry
            throw new IllegalStateException(
                    "this user has no home folder to keep the book in; name one with --data-dir");
        }
        return Path.of(home, ".cache", "unroll");
    }

    /**
     * The file, downloaded if it is not there yet.
     *
     * @return its path
     * @throws IOException if it is not there and cannot be downloaded, or is another file than expected
     */
    public Path fetch() throws IOException {
        if (!Files.exists(file)) {
            download();
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES); // whatever stands there
        }
        if (!isTheBook(bytes)) {
            throw new FileSystemException(
                    file.toString(), null,
                    "is not the file of Dive into Deep Learning (SHA-1 " + SHA_1 + "); remove it");
        }
        return file;
    }

    private void download() throws IOException {
        byte[] bytes;
        try {
            bytes = get();
        } catch (IOException e) {
            throw new IOException(remedy(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()), e);
        }
        if (!isTheBook(bytes)) {
            throw new IOException(remedy("what came is another file"));
        }
        Files.createDirectories(file.getParent());
        Path part = Files.createTempFile(file.getParent(), "timemachine", ".part");
        try {
            Files.write(part, bytes);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private byte[] get() throws IOException {
        HttpRequest request =
                HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(60)).build();
        try (HttpClient client = HttpClient.newBuilder()
                .connectTimeout(Duration.ofSeconds(20))
                .build()) {
            HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (response.statusCode() != 200) {
                    throw new IOException("status " + response.statusCode());
                }
                return body.readNBytes(MAX_BYTES);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private String remedy(String reason) {
        return "cannot download " + address + " (" + reason + "); put the file with SHA-1 " + SHA_1 + " at "
                + file.toAbsolutePath() + ", or name its folder with --data-dir";
    }

    private static boolean isTheBook(byte[] bytes) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(bytes))
                    .equals(SHA_1);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-1, which every Java must have", e);
        }
    }
}
