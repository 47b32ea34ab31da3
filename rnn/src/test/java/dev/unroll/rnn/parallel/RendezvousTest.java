package dev.unroll.rnn.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.parallel.Hello.Side;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** Workers that connect, and others that try to. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class RendezvousTest {
    private static final byte[] OTHER_SECRET = "another secret of workers".getBytes(StandardCharsets.US_ASCII);

    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    /** Connects a worker in a thread of its own. */
    private Future<SocketExchange> connect(ExchangeDoor door, int worker, List<InetSocketAddress> all) {
        return threads.submit(() -> door.connect(worker, all, Cluster.SECRET, Cluster.LONG));
    }

    private static String failure(Future<SocketExchange> connecting) {
        Throwable cause = assertThrows(ExecutionException.class, connecting::get).getCause();
        String message = assertInstanceOf(ExchangeException.class, cause, () -> cause.toString()).getMessage();
        assertTrue(message.length() <= 300, message);
        return message;
    }

    private static void assertConnected(List<Future<SocketExchange>> connecting, ExecutorService threads)
            throws Exception {
        List<SocketExchange> exchanges = new ArrayList<>();
        for (Future<SocketExchange> each : connecting) {
            exchanges.add(each.get());
        }
        List<Future<?>> rounds = new ArrayList<>();
        for (SocketExchange exchange : exchanges) {
            rounds.add(threads.submit(() -> exchange.round(_ -> List.of(), _ -> List.of())));
        }
        for (Future<?> round : rounds) {
            round.get();
        }
        exchanges.forEach(SocketExchange::close);
    }

    private interface Visit {
        void to(Outsider door) throws IOException;
    }

    private static Hello hello(int version, int workers, int from, int to) {
        return Outsider.hello(version, Side.CONNECTS, workers, from, to);
    }

    private static Hello hello(int from, int to) {
        return hello(Hello.VERSION, 3, from, to);
    }

    /** What strangers do at the door of worker 0 of 3; each of them is dropped for it. */
    private static Map<String, Visit> visits() {
        Map<String, Visit> visits = new LinkedHashMap<>();
        visits.put("garbage", door -> door.send(Outsider.random(64)));
        visits.put("much garbage", door -> door.send(Outsider.random(100_000)));
        visits.put("HTTP",
                door -> door.send(("GET / HTTP/1.1\r\nHost: worker-0.example.com\r\nUser-Agent: nobody at all"
                        + "\r\nAccept: */*\r\n\r\n").getBytes(StandardCharsets.US_ASCII)));
        visits.put("an accepting side's hello", door -> door.send(
                Outsider.hello(Hello.VERSION, Side.ACCEPTS, 3, 1, 0).bytes()));
        visits.put("a wrong proof", door -> {
            door.send(hello(1, 0).bytes());
            door.receive(Hello.BYTES);
            door.send(Outsider.random(Proof.BYTES));
        });
        visits.put("a proof of another secret", door -> assertThrows(
                IOException.class, () -> door.connect(hello(1, 0), OTHER_SECRET)));
        visits.put("the proof of the other side", door -> {
            Hello hello = hello(1, 0);
            door.send(hello.bytes());
            Hello answer = new Hello(door.receive(Hello.BYTES));
            door.send(Proof.by("test", Cluster.SECRET).of(Side.ACCEPTS, hello, answer));
        });
        visits.put("a worker that is not there", door -> door.send(hello(3, 0).bytes()));
        visits.put("a negative worker", door -> door.send(hello(-1, 0).bytes()));
        visits.put("the worker itself", door -> door.send(hello(0, 0).bytes()));
        visits.put("a hello to another worker", door -> door.send(hello(2, 1).bytes()));
        return visits;
    }

    @Test
    void strangersOfAllKindsAreDroppedWhileTheWorkersConnect() throws Exception {
        List<ExchangeDoor> doors = Cluster.doors(3);
        List<InetSocketAddress> all = Cluster.addresses(doors);
        List<Outsider> silent = new ArrayList<>();
        for (int i = 0; i < 30; i++) { // before any worker, and in its way
            silent.add(Outsider.at(all.get(i % 3)).send(Arrays.copyOf(hello(2, 1).bytes(), i * 2)));
            Outsider.at(all.get(i % 3)).close();
        }
        List<Future<SocketExchange>> connecting = new ArrayList<>();
        connecting.add(connect(doors.get(0), 0, all));
        connecting.add(connect(doors.get(1), 1, all));
        for (Map.Entry<String, Visit> each : visits().entrySet()) {
            try (Outsider stranger = Outsider.at(all.getFirst())) {
                each.getValue().to(stranger);
                stranger.awaitEnd();
            } catch (SocketException e) {
                assertEquals("much garbage", each.getKey()); // dropped while it was sending
            }
        }
        connecting.add(connect(doors.get(2), 2, all));
        assertConnected(connecting, threads);
        for (Outsider each : silent) {
            each.awaitEnd();
        }
    }

    @Test
    void aWorkerThatIsConnectedAlreadyIsDropped() throws Exception {
        List<ExchangeDoor> doors = Cluster.doors(3);
        List<InetSocketAddress> all = Cluster.addresses(doors);
        Future<SocketExchange> zero = connect(doors.getFirst(), 0, all);
        try (Outsider first = Outsider.at(all.getFirst());
                Outsider second = Outsider.at(all.getFirst());
                Outsider early = Outsider.at(all.getFirst())) {
            Hello hello = hello(2, 0);
            early.send(hello.bytes());
            Hello answer = new Hello(early.receive(Hello.BYTES));
            first.connect(hello(2, 0), Cluster.SECRET);
            second.send(hello(2, 0).bytes()).awaitEnd();
            early.send(Proof.by("test", Cluster.SECRET).of(Side.CONNECTS, hello, answer)).awaitEnd();
            try (Outsider one = Outsider.at(all.getFirst())) {
                one.connect(hello(1, 0), Cluster.SECRET);
                assertEquals(3, zero.get().workers());
                zero.get().close();
                first.awaitEnd();
            }
        }
    }

    @Test
    void manyThatSendNothingAreDroppedAfterTheirTime() throws Exception {
        try (ExchangeDoor door = SocketExchange.listen(LOOPBACK)) {
            List<InetSocketAddress> all = List.of(door.address(), door.address());
            List<Outsider> silent = new ArrayList<>();
            for (int i = 0; i < 300; i++) { // more than are accepted at a time
                silent.add(Outsider.at(door.address()));
            }
            Future<?> connecting = threads.submit(() -> door.connect(0, all, Cluster.SECRET, Cluster.LONG, 1_000_000));
            for (Outsider each : silent) {
                each.awaitEnd();
                each.close();
            }
            assertFalse(connecting.isDone());
        }
    }

    @Test
    void aWorkerThatDoesNotConnectIsNamedTogetherWithWhoDid() throws Exception {
        String message = "";
        for (int millis = 50; !message.contains("refused"); millis *= 2) { // until the stranger was noticed in time
            Duration timeout = Duration.ofMillis(millis);
            try (ExchangeDoor door = SocketExchange.listen(LOOPBACK);
                    Outsider stranger = Outsider.at(door.address())) {
                stranger.send(Outsider.random(Hello.BYTES));
                message = failure(threads.submit(
                        () -> door.connect(0, List.of(door.address(), door.address()), Cluster.SECRET, timeout)));
                assertTrue(message.matches("worker 1 at 127.0.0.1:\\d+ has not connected for " + millis + " ms.*"),
                        message);
                stranger.awaitEnd();
            }
        }
        assertTrue(message.matches(".*; refused connections: 1, the last from /127.0.0.1:\\d+ because it does not speak"
                + " this protocol"), message);
    }

    @Test
    void aWorkerWithoutTheSecretIsToldSo() throws Exception {
        List<ExchangeDoor> doors = Cluster.doors(2);
        List<InetSocketAddress> all = Cluster.addresses(doors);
        Future<SocketExchange> zero = connect(doors.get(0), 0, all);
        String refused = failure(
                threads.submit(() -> doors.get(1).connect(1, all, OTHER_SECRET, Cluster.LONG)));
        assertTrue(refused.matches("worker 0 at .* refuses this one .*check that all workers have the same secret.*"),
                refused);
        assertFalse(zero.isDone());
    }

    @Test
    void anAddressAtWhichSomebodyElseListensIsNamed() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
                ExchangeDoor door = SocketExchange.listen(LOOPBACK)) {
            InetSocketAddress elsewhere = new InetSocketAddress(LOOPBACK, server.getLocalPort());
            Future<SocketExchange> connecting = connect(door, 1, List.of(elsewhere, door.address()));
            try (Outsider impostor = new Outsider(server.accept())) {
                impostor.receive(Hello.BYTES);
                impostor.send(Outsider.hello(Hello.VERSION, Side.ACCEPTS, 2, 0, 1).bytes());
                impostor.receive(Proof.BYTES);
                impostor.send(Outsider.random(Proof.BYTES));
                String message = failure(connecting);
                assertTrue(message.contains("(it does not know the secret)"), message);
            }
        }
    }

    @Test
    void anAddressAtWhichNobodyListensIsNamed() throws Exception {
        InetSocketAddress nobody;
        try (ExchangeDoor closed = SocketExchange.listen(LOOPBACK)) {
            nobody = closed.address();
        }
        try (ExchangeDoor door = SocketExchange.listen(LOOPBACK)) {
            String message = failure(connect(door, 1, List.of(nobody, door.address())));
            assertTrue(message.startsWith("worker 0 at 127.0.0.1:" + nobody.getPort() + " cannot be reached ("),
                    message);
        }
    }

    @Test
    void workersOfAnotherVersionAreToldApartFromStrangers() throws Exception {
        try (ExchangeDoor door = SocketExchange.listen(LOOPBACK); Outsider one = Outsider.at(door.address())) {
            Future<SocketExchange> zero = connect(door, 0, List.of(door.address(), door.address()));
            one.connect(hello(Hello.VERSION + 1, 2, 1, 0), Cluster.SECRET);
            assertHasVersion(failure(zero), 1);
        }
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
                ExchangeDoor door = SocketExchange.listen(LOOPBACK)) {
            InetSocketAddress other = new InetSocketAddress(LOOPBACK, server.getLocalPort());
            Future<SocketExchange> one = connect(door, 1, List.of(other, door.address()));
            try (Outsider zero = new Outsider(server.accept())) {
                zero.accept(Outsider.hello(Hello.VERSION + 1, Side.ACCEPTS, 2, 0, 1), Cluster.SECRET);
                assertHasVersion(failure(one), 0);
            }
        }
    }

    private static void assertHasVersion(String message, int worker) {
        assertTrue(
                message.matches(
                        "worker " + worker + " at .* has version 2 of the protocol, and this worker version 1;.*"),
                message);
    }

    @Test
    void workersThatCountDifferentlyAreNamed() throws Exception {
        List<ExchangeDoor> doors = Cluster.doors(3);
        List<InetSocketAddress> all = Cluster.addresses(doors);
        Future<SocketExchange> zero = connect(doors.get(0), 0, all);
        Future<SocketExchange> one = connect(doors.get(1), 1, all.subList(0, 2));
        String message = failure(zero);
        assertTrue(message.matches("worker 1 at .* counts 2 workers, and this worker 3;.*"), message);
        message = failure(one);
        assertTrue(message.matches("worker 0 at .* counts 3 workers, and this worker 2;.*"), message);
    }

    @Test
    void aWorkerOfAnotherByteOrderIsNamed() throws Exception {
        try (ExchangeDoor door = SocketExchange.listen(LOOPBACK); Outsider one = Outsider.at(door.address())) {
            Future<SocketExchange> zero = connect(door, 0, List.of(door.address(), door.address()));
            byte[] hello = hello(Hello.VERSION, 2, 1, 0).bytes();
            hello[13] = (byte) (3 - hello[13]);
            one.connect(new Hello(hello), Cluster.SECRET);
            String message = failure(zero);
            assertTrue(message.matches("worker 1 at .* has another byte order than this worker.*"), message);
        }
    }

    @Test
    void aWorkerThatIsInterruptedStaysSo() throws Exception {
        try (ExchangeDoor door = SocketExchange.listen(LOOPBACK)) {
            Thread.currentThread().interrupt();
            ExchangeException failure = assertThrows(
                    ExchangeException.class,
                    () -> door.connect(
                            0, List.of(door.address(), door.address()), Cluster.SECRET, Cluster.LONG));
            assertTrue(Thread.interrupted());
            assertEquals("worker 0 was interrupted while it connected", failure.getMessage());
        }
    }

    @Test
    void theDoorIsAtItsAddressAloneAndClosedAfterwards() throws Exception {
        try (ExchangeDoor door = SocketExchange.listen(LOOPBACK)) {
            InetSocketAddress address = door.address();
            assertEquals(LOOPBACK, address.getAddress());
            InetAddress other = InetAddress.getByName("127.0.0.2"); // on Linux the same machine
            assertThrows(ConnectException.class, () -> new Socket(other, address.getPort()));
            new Socket(LOOPBACK, address.getPort()).close();
            try (SocketExchange alone = door.connect(0, List.of(address), Cluster.SECRET, Cluster.LONG)) {
                assertEquals(1, alone.workers());
                assertThrows(ConnectException.class, () -> new Socket(LOOPBACK, address.getPort()));
                assertThrows(
                        IllegalStateException.class,
                        () -> door.connect(0, List.of(address), Cluster.SECRET, Cluster.LONG));
            }
        }
    }

    @Test
    void wrongArgumentsAreNamedAndLeaveTheDoorOpen() throws Exception {
        try (ExchangeDoor door = SocketExchange.listen(LOOPBACK)) {
            InetSocketAddress own = door.address();
            List<InetSocketAddress> two = List.of(own, own);
            Duration second = Duration.ofSeconds(1);
            Map<String, Executable> calls = new LinkedHashMap<>();
            calls.put("all is null", () -> door.connect(0, null, Cluster.SECRET, second));
            calls.put("all[1] is null", () -> door.connect(0, Arrays.asList(own, null), Cluster.SECRET, second));
            calls.put("there are no addresses; list those of all workers",
                    () -> door.connect(0, List.of(), Cluster.SECRET, second));
            calls.put("all[0] is unresolved: nowhere.invalid/<unresolved>:1",
                    () -> door.connect(0, List.of(InetSocketAddress.createUnresolved("nowhere.invalid", 1)),
                            Cluster.SECRET, second));
            calls.put("worker 2 is not one of 2, numbered from 0",
                    () -> door.connect(2, two, Cluster.SECRET, second));
            calls.put("worker -1 is not one of 2, numbered from 0",
                    () -> door.connect(-1, two, Cluster.SECRET, second));
            calls.put("secret is null", () -> door.connect(0, two, null, second));
            calls.put("the secret has 15 bytes, but at least 16 random ones are needed",
                    () -> door.connect(0, two, new byte[15], second));
            calls.put("timeout is null", () -> door.connect(0, two, Cluster.SECRET, null));
            calls.put("the timeout must be positive, not PT0S",
                    () -> door.connect(0, two, Cluster.SECRET, Duration.ZERO));
            calls.put("the timeout must be positive, not PT-1S",
                    () -> door.connect(0, two, Cluster.SECRET, Duration.ofSeconds(-1)));
            calls.forEach((message, call) -> assertEquals(
                    "ExchangeDoor.connect: " + message,
                    assertThrows(IllegalArgumentException.class, call, message).getMessage()));
            door.connect(0, List.of(own), Cluster.SECRET, second).close();
        }
        String all = assertThrows(
                IllegalArgumentException.class, () -> SocketExchange.listen(InetAddress.getByName("0.0.0.0")))
                .getMessage();
        assertTrue(all.startsWith("SocketExchange.listen: 0.0.0.0 stands for all addresses"), all);
    }
}
