package dev.unroll.bench.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimeMachineTest {
    private static final Path BOOK =
            Path.of(System.getProperty("unroll.shared", "../../shared"), "data/books/timemachine.txt");

    @TempDir
    private Path temp;

    @Test
    void aFileThatIsThereIsUsedIfItIsTheBook() throws IOException {
        Assumptions.assumeTrue(Files.exists(BOOK), "the book is not at " + BOOK);
        assertEquals(BOOK, new TimeMachine(BOOK.getParent()).fetch());
        Files.writeString(temp.resolve("timemachine.txt"), "another text");
        Exception e = assertThrows(IOException.class, () -> new TimeMachine(temp).fetch());
        assertTrue(e.getMessage().contains("is not the file of Dive into Deep Learning"), e.getMessage());
    }

    @Test
    void theBookIsDownloadedOnceAndChecked() throws IOException {
        Assumptions.assumeTrue(Files.exists(BOOK), "the book is not at " + BOOK);
        byte[] book = Files.readAllBytes(BOOK);
        HttpServer server = serve(book);
        TimeMachine download = new TimeMachine(temp.resolve("new/folder"), address(server));
        assertArrayEquals(book, Files.readAllBytes(download.fetch()));
        server.stop(0);
        download.fetch(); // needs no server any more
    }

    @Test
    void aUserWithoutAHomeIsAskedToNameAFolder() {
        for (String home : new String[] {"?", "", null}) {
            Exception e = assertThrows(IllegalStateException.class, () -> TimeMachine.cacheFolder(home));
            assertTrue(e.getMessage().contains("name one with --data-dir"), e.getMessage());
        }
        assertEquals(Path.of("/home/me/.cache/unroll"), TimeMachine.cacheFolder("/home/me"));
    }

    @Test
    void whatIsNotTheBookIsNotKept() throws IOException {
        HttpServer server = serve("something else".getBytes());
        try {
            Exception e = assertThrows(IOException.class, () -> new TimeMachine(temp, address(server)).fetch());
            assertTrue(e.getMessage().contains("what came is another file"), e.getMessage());
            try (var files = Files.list(temp)) {
                assertEquals(0, files.count());
            }
        } finally {
            server.stop(0);
        }
    }

    @Test
    void offlineTheErrorSaysWhatToPutWhere() {
        URI nobody = URI.create("http://127.0.0.1:1/timemachine.txt");
        Exception e = assertThrows(IOException.class, () -> new TimeMachine(temp, nobody).fetch());
        assertTrue(
                e.getMessage().contains("SHA-1 090b5e7e70c295757f55df93cb0a180b9691891a at " + temp)
                        && e.getMessage().contains("--data-dir"),
                e.getMessage());
    }

    private static HttpServer serve(byte[] content) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static URI address(HttpServer server) {
        return URI.create("http://" + server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort() + "/timemachine.txt");
    }
}
