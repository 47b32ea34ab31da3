package dev.unroll.rnn.parallel;

import dev.unroll.kernels.Workspace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Workers of one exchange, a thread for each of them. */
final class Cluster implements AutoCloseable {
    /** So long that a test would hang if it waited for it. */
    static final Duration LONG = Duration.ofMinutes(10);

    static final byte[] SECRET = "sixteen bytes, or more".getBytes();

    /** How the workers are connected. */
    enum Kind {
        LOCAL,
        SOCKET
    }

    /** What a worker does. */
    interface Work {
        void run(Exchange exchange, Workspace workspace) throws Exception;
    }

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Exchange> exchanges = new ArrayList<>();
    private final List<SocketChannel> channels = new ArrayList<>();

    static Cluster of(Kind kind, int workers) throws Exception {
        Cluster cluster = new Cluster();
        if (kind == Kind.LOCAL) {
            cluster.exchanges.addAll(LocalExchange.of(workers, LONG));
        } else {
            for (Future<SocketExchange> each : cluster.connect(doors(workers))) {
                cluster.exchanges.add(each.get(1, TimeUnit.MINUTES));
            }
        }
        return cluster;
    }

    /** Two workers with a timeout that is too short to connect. */
    static Cluster ofTwo(Kind kind, Duration timeout) throws Exception {
        Cluster cluster = new Cluster();
        if (kind == Kind.LOCAL) {
            cluster.exchanges.addAll(LocalExchange.of(2, timeout));
            return cluster;
        }
        InetSocketAddress own = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(own)) {
            InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
            cluster.channels.add(SocketChannel.open(address));
            cluster.channels.add(server.accept());
            for (int worker = 0; worker < 2; worker++) {
                SocketChannel channel = cluster.channels.get(worker);
                channel.configureBlocking(false);
                cluster.exchanges.add(new SocketExchange(
                        worker, List.of(new RemoteWorker(1 - worker, address)), List.of(channel),
                        Timeout.of("test", timeout)));
            }
        }
        return cluster;
    }

    /** Sends bytes in the name of one of two workers. */
    void send(int worker, byte[] bytes) throws IOException {
        channels.get(worker).write(ByteBuffer.wrap(bytes));
    }

    static List<ExchangeDoor> doors(int workers) throws Exception {
        List<ExchangeDoor> doors = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            doors.add(SocketExchange.listen(InetAddress.getLoopbackAddress()));
        }
        return doors;
    }

    static List<InetSocketAddress> addresses(List<ExchangeDoor> doors) {
        return doors.stream().map(ExchangeDoor::address).toList();
    }

    private List<Future<SocketExchange>> connect(List<ExchangeDoor> doors) {
        List<Future<SocketExchange>> connecting = new ArrayList<>();
        for (int i = doors.size() - 1; i >= 0; i--) {
            int worker = i;
            connecting.addFirst(
                    threads.submit(() -> doors.get(worker).connect(worker, addresses(doors), SECRET, LONG)));
        }
        return connecting;
    }

    Exchange exchange(int worker) {
        return exchanges.get(worker);
    }

    /** Begins something in the thread of a worker. */
    Future<?> begin(int worker, Work work) {
        return threads.submit(() -> {
            try (Workspace workspace = new Workspace("worker " + worker)) {
                work.run(exchanges.get(worker), workspace);
            }
            return null;
        });
    }

    /** Does the same in all workers, and returns what was thrown in each of them, or null. */
    List<Throwable> run(Work work) throws Exception {
        List<Future<?>> running = new ArrayList<>();
        for (int worker = 0; worker < exchanges.size(); worker++) {
            running.add(begin(worker, work));
        }
        List<Throwable> thrown = new ArrayList<>();
        for (Future<?> each : running) {
            thrown.add(thrown(each));
        }
        return thrown;
    }

    /** Waits for the end of something, and returns what was thrown, or null. */
    static Throwable thrown(Future<?> running) throws Exception {
        try {
            running.get(1, TimeUnit.MINUTES);
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    @Override
    public void close() {
        exchanges.forEach(Exchange::close);
        threads.shutdownNow();
    }
}
