package dev.unroll.bench.dataset;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A file at an address.
 *
 * @param address of HTTP
 * @param size in bytes
 * @param sha256 of its content, 64 hexadecimal digits
 */
record RemoteFile(URI address, int size, String sha256) {
    private static final int OK = 200;

    /**
     * Downloads it. Redirections are followed, but not from HTTPS to HTTP.
     *
     * @param timeout of everything, to the last byte
     * @return its content
     * @throws IOException if it cannot be had, or if what came is another file; more than its size is never read
     */
    byte[] download(Duration timeout) throws IOException {
        try (HttpClient client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build()) {
            CompletableFuture<HttpResponse<byte[]>> response = client.sendAsync(
                    HttpRequest.newBuilder(address).build(),
                    head -> head.statusCode() == OK
                            ? BodySubscribers.limiting(BodySubscribers.ofByteArray(), size)
                            : BodySubscribers.replacing(new byte[0]));
            try {
                return checked(response.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
            } finally {
                client.shutdownNow(); // or closing it would wait for the rest
            }
        } catch (TimeoutException e) {
            throw new IOException("not done after " + timeout.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IOException(reason(e.getCause()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private byte[] checked(HttpResponse<byte[]> response) throws IOException {
        if (response.statusCode() != OK) {
            throw new IOException("status " + response.statusCode());
        }
        if (!ContentDigest.sha256(response.body()).equals(sha256)) {
            throw new IOException("what came is another file");
        }
        return response.body();
    }

    static String reason(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
