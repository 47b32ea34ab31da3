package dev.unroll.bench.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DataFolderTest {
    private static final int MOST_OF_A_MESSAGE = 300 - "unroll train: ".length();

    private final AtomicInteger requests = new AtomicInteger();
    private final CountDownLatch hasEnded = new CountDownLatch(1);
    private HttpServer server;

    @TempDir
    private Path temp;

    @AfterEach
    void stop() {
        hasEnded.countDown();
        if (server != null) {
            server.stop(0);
        }
    }

    private Function<Dataset, RemoteFile> serving(byte[] content) throws IOException {
        return serving(exchange -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
        });
    }

    private interface Answer {
        void send(HttpExchange exchange) throws IOException;
    }

    /** The sources, but at a server of our own. */
    private Function<Dataset, RemoteFile> serving(Answer answer) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            answer.send(exchange);
            exchange.close();
        });
        server.start();
        return at("http://" + server.getAddress().getAddress().getHostAddress() + ":" + server.getAddress().getPort());
    }

    private static Function<Dataset, RemoteFile> at(String host) {
        return set -> new RemoteFile(
                URI.create(host + set.address().getPath()), set.source().size(), set.source().sha256());
    }

    private static String refusal(DataFolder folder, Dataset set) {
        FileSystemException e = assertThrows(FileSystemException.class, () -> folder.fetch(set));
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        return e.getMessage();
    }

    private static void assertContains(String text, String... parts) {
        for (String part : parts) {
            assertTrue(text.contains(part), "expected '" + part + "' in: " + text);
        }
    }

    private void assertNothingIsKept(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            assertEquals(0, files.filter(Files::isRegularFile).count());
        }
    }

    @Test
    void aFileIsFoundInItsFolderAndWithoutOne() throws IOException {
        Path book = SharedData.file(Dataset.TIME_MACHINE);
        Path direct = Files.copy(book, temp.resolve("timemachine.txt"));
        assertEquals(direct, DataFolder.of(temp).fetch(Dataset.TIME_MACHINE));
        Files.createDirectory(temp.resolve("books"));
        Path usual = Files.copy(book, temp.resolve("books/timemachine.txt"));
        assertEquals(usual, DataFolder.of(temp).fetch(Dataset.TIME_MACHINE));
    }

    @ParameterizedTest
    @EnumSource
    void anotherFileInItsPlaceIsNamedAndLeftAlone(Dataset set) throws IOException {
        Path direct = Files.writeString(temp.resolve(set.path().getFileName()), "another text");
        String message = refusal(DataFolder.of(temp), set);
        assertContains(message, direct + ": is not the published file", set.sha256(), "remove it", "--data-dir");
        assertEquals("another text", Files.readString(direct));
        Path usual = temp.resolve(set.path());
        Files.createDirectories(usual); // a folder is not it either
        assertContains(refusal(DataFolder.of(temp), set), usual + ": is not the published file");
        Files.delete(usual);
        Files.write(usual, new byte[set.size()]); // nor what only has its size
        assertContains(refusal(DataFolder.of(temp), set), usual + ": is not the published file");
    }

    @Test
    void aFileIsDownloadedOnceAndChecked() throws IOException {
        byte[] book = Files.readAllBytes(SharedData.file(Dataset.TIME_MACHINE));
        DataFolder folder = DataFolder.of(temp.resolve("new"), serving(book));
        Path file = folder.fetch(Dataset.TIME_MACHINE);
        assertEquals(temp.resolve("new/books/timemachine.txt"), file);
        assertArrayEquals(book, Files.readAllBytes(file));
        assertEquals(file, folder.fetch(Dataset.TIME_MACHINE));
        assertEquals(1, requests.get());
        try (Stream<Path> files = Files.list(file.getParent())) {
            assertEquals(1, files.count(), "no temporary file is left");
        }
    }

    @Test
    void whatIsNotTheFileIsNotKept() throws IOException {
        DataFolder folder = DataFolder.of(temp, serving("something else".getBytes(StandardCharsets.US_ASCII)));
        assertContains(refusal(folder, Dataset.JSB_CHORALES), "what came is another file", "--data-dir");
        assertNothingIsKept(temp);
    }

    @Test
    void aFileThatIsNotThereIsSaidToBeSo() throws IOException {
        DataFolder folder = DataFolder.of(temp, serving(exchange -> exchange.sendResponseHeaders(404, -1)));
        assertContains(refusal(folder, Dataset.JSB_CHORALES), "(status 404)");
        assertNothingIsKept(temp);
    }

    @Test
    void noMoreIsReadThanTheFileHas() throws IOException {
        DataFolder folder = DataFolder.of(temp, serving(exchange -> {
            exchange.sendResponseHeaders(200, 0); // of any length
            byte[] part = new byte[1 << 16];
            while (hasEnded.getCount() > 0) { // until nobody reads
                exchange.getResponseBody().write(part);
            }
        }));
        assertContains(refusal(folder, Dataset.JSB_CHORALES), "96095");
        assertNothingIsKept(temp);
    }

    @Test
    void aServerThatStopsInTheMiddleIsNotWaitedForLongerThanSaid() throws IOException {
        RemoteFile file = serving(exchange -> {
            exchange.sendResponseHeaders(200, Dataset.JSB_CHORALES.size());
            exchange.getResponseBody().write(new byte[1_000]);
            exchange.getResponseBody().flush();
            try {
                hasEnded.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }).apply(Dataset.JSB_CHORALES);
        Exception e = assertThrows(IOException.class, () -> file.download(Duration.ofSeconds(1)));
        assertEquals("not done after 1 s", e.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void offlineTheErrorSaysWhatToPutWhere(Dataset set) throws IOException {
        DataFolder folder = DataFolder.of(temp, at("http://127.0.0.1:1")).acceptPennTreebankTerms(true);
        String message = refusal(folder, set);
        assertContains(
                message, temp.resolve(set.path()) + ": is missing", "127.0.0.1:1" + set.address().getPath(),
                "put it there", "--data-dir");
        int length = message.replace("http://127.0.0.1:1", "https://raw.githubusercontent.com").length();
        assertTrue(length <= MOST_OF_A_MESSAGE, message);
        assertNothingIsKept(temp);
    }

    @Test
    void theWarOfTheWorldsIsCutOutOfWhatIsDownloaded() throws IOException {
        String book = Files.readString(SharedData.file(Dataset.WAR_OF_THE_WORLDS));
        byte[] carrier = ("\n" + book + "\n\n\nEnd of the Project Gutenberg EBook of some book\n\nmore\n")
                .getBytes(StandardCharsets.US_ASCII);
        URI address = serving(carrier).apply(Dataset.WAR_OF_THE_WORLDS).address();
        RemoteFile source = new RemoteFile(address, carrier.length, ContentDigest.sha256(carrier));
        Path file = DataFolder.of(temp, _ -> source).fetch(Dataset.WAR_OF_THE_WORLDS);
        assertEquals(book, Files.readString(file));
    }

    @Test
    void aSourceWithoutTheBookIsRefused() throws IOException {
        byte[] carrier = "another book\n\nEnd of the Project Gutenberg EBook".getBytes(StandardCharsets.US_ASCII);
        URI address = serving(carrier).apply(Dataset.WAR_OF_THE_WORLDS).address();
        RemoteFile source = new RemoteFile(address, carrier.length, ContentDigest.sha256(carrier));
        DataFolder folder = DataFolder.of(temp, _ -> source);
        assertContains(refusal(folder, Dataset.WAR_OF_THE_WORLDS), "it does not hold the text");
        assertNothingIsKept(temp);
    }

    @Test
    void whatIsBeforeTheTrailerIsTheBook() {
        for (String text : new String[] {"\n\na\n\nb\n\n\nEnd of the Project Gutenberg EBook of\n\nx\n", "a\n\nb"}) {
            byte[] cut = Gutenberg.withoutTrailer(text.getBytes(StandardCharsets.US_ASCII));
            assertEquals("a\n\nb\n", new String(cut, StandardCharsets.US_ASCII));
        }
        assertArrayEquals(new byte[] {'\n'}, Gutenberg.withoutTrailer(new byte[] {'\n', '\n'}));
    }

    @Test
    void thePennTreebankIsDownloadedOnlyWithConsent() throws IOException {
        byte[] text = Files.readAllBytes(SharedData.file(Dataset.PTB_VALID));
        DataFolder folder = DataFolder.of(temp, serving(text));
        String message = refusal(folder, Dataset.PTB_VALID);
        assertContains(
                message, temp.resolve("ptb/ptb.valid.txt") + ": is missing", "LDC and Dow Jones (LDC99T42)",
                "for research only", "put its files there", "--accept-ptb-terms");
        assertTrue(message.length() <= MOST_OF_A_MESSAGE, message);
        refusal(folder.acceptPennTreebankTerms(true).acceptPennTreebankTerms(false), Dataset.PTB_VALID);
        assertEquals(0, requests.get());
        assertNothingIsKept(temp);
        Path file = folder.acceptPennTreebankTerms(true).fetch(Dataset.PTB_VALID);
        assertArrayEquals(text, Files.readAllBytes(file));
        assertEquals(file, folder.fetch(Dataset.PTB_VALID), "what is there needs no consent");
    }

    @Test
    void aFolderThatCannotBeMadeIsNamed() throws IOException {
        byte[] book = Files.readAllBytes(SharedData.file(Dataset.TIME_MACHINE));
        Path inTheWay = Files.writeString(temp.resolve("books"), "a file");
        String message = refusal(DataFolder.of(temp, serving(book)), Dataset.TIME_MACHINE);
        assertContains(message, inTheWay.toString(), "cannot be written", "name another folder with --data-dir");
    }

    @Test
    void aUserWithoutAHomeIsAskedToNameAFolder() {
        for (String home : new String[] {"?", "", null}) {
            Exception e = assertThrows(IllegalStateException.class, () -> DataFolder.cacheFolder(home));
            assertContains(e.getMessage(), "name a folder with --data-dir");
        }
        assertEquals(Path.of("/home/me/.cache/unroll"), DataFolder.cacheFolder("/home/me"));
    }
}
