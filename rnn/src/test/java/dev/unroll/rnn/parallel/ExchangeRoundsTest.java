package dev.unroll.rnn.parallel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicIntegerArray;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rounds in which all goes well. */
class ExchangeRoundsTest {
    /** More than the buffers of a connection hold. */
    private static final int LARGE = 6 << 20;

    /** On the heap, by a round of two workers with a tensor each way. */
    private static final long MOST_ALLOCATED = 4_000;

    /** The bytes of the message from one worker to another in a round, the same whoever asks. */
    private static byte[] bytes(long seed, int round, int from, int to) {
        Random random = random(seed, round, from, to);
        int most = switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> 100_000;
            default -> 300;
        };
        byte[] bytes = new byte[4 * random.nextInt(most + 1)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static Random random(long... numbers) {
        long seed = 1;
        for (long each : numbers) {
            seed = new Random(seed * 31 + each).nextLong();
        }
        return new Random(seed);
    }

    /** Cuts bytes into tensors of any types and shapes, some of them empty. */
    private static List<Tensor> cut(Workspace workspace, int bytes, Random random) {
        List<Tensor> tensors = new ArrayList<>();
        for (int left = bytes; left > 0 || random.nextInt(4) == 0;) {
            ElementType type = ElementType.values()[random.nextInt(3)];
            int columns = random.nextInt(5);
            long rows = columns == 0 ? 1 : random.nextLong(left / type.bytes() / columns + 1);
            tensors.add(workspace.zeros(type, rows, columns));
            left -= (int) (rows * columns * type.bytes());
        }
        return tensors;
    }

    private static List<Tensor> filled(Workspace workspace, byte[] bytes, Random random) {
        List<Tensor> tensors = cut(workspace, bytes.length, random);
        int at = 0;
        for (Tensor tensor : tensors) {
            long size = tensor.size() * tensor.type().bytes();
            tensor.copyFrom(MemorySegment.ofArray(bytes).asSlice(at, size));
            at += (int) size;
        }
        return tensors;
    }

    private static byte[] joined(List<Tensor> tensors) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Tensor tensor : tensors) {
            byte[] bytes = new byte[Math.toIntExact(tensor.size() * tensor.type().bytes())];
            tensor.copyTo(MemorySegment.ofArray(bytes));
            all.writeBytes(bytes);
        }
        return all.toByteArray();
    }

    private static void exchange(Exchange exchange, Workspace workspace, long seed, int round) {
        int self = exchange.worker();
        List<List<Tensor>> received = new ArrayList<>();
        for (int other = 0; other < exchange.workers(); other++) {
            int size = bytes(seed, round, other, self).length;
            received.add(cut(workspace, size, random(seed, round, self, other, 1)));
        }
        exchange.round(
                other -> filled(workspace, bytes(seed, round, self, other), random(seed, round, self, other, 2)),
                received::get);
        for (int other = 0; other < exchange.workers(); other++) {
            if (other != self) {
                assertArrayEquals(bytes(seed, round, other, self), joined(received.get(other)));
            }
        }
    }

    @Property(tries = 25)
    void everyWorkerGetsExactlyTheBytesThatAreForIt(
            @ForAll Cluster.Kind kind, @ForAll @IntRange(min = 1, max = 5) int workers, @ForAll long seed)
            throws Exception {
        try (Cluster cluster = Cluster.of(kind, workers)) {
            List<Throwable> thrown = cluster.run((exchange, workspace) -> {
                for (int round = 0; round < 4; round++) {
                    exchange(exchange, workspace, seed, round);
                }
                exchange.close(); // while others may still read what it has sent
            });
            assertEquals(Collections.nCopies(workers, null), thrown);
        }
    }

    @ParameterizedTest
    @EnumSource
    void messagesLargerThanAllBuffersPassEachOther(Cluster.Kind kind) throws Exception {
        try (Cluster cluster = Cluster.of(kind, 3)) {
            List<Throwable> thrown = cluster.run((exchange, workspace) -> {
                Tensor sent = workspace.zeros(ElementType.I32, LARGE / 4);
                List<Tensor> received = new ArrayList<>();
                for (int other = 0; other < 3; other++) {
                    received.add(workspace.zeros(ElementType.F64, 8, LARGE / 64));
                }
                for (int i = 0; i < LARGE / 4; i += 1000) {
                    sent.set(0, i, i + exchange.worker());
                }
                exchange.round(_ -> List.of(sent), other -> List.of(received.get(other)));
                for (int other = 0; other < 3; other++) {
                    if (other != exchange.worker()) {
                        for (int i = 0; i < LARGE / 4; i += 1000) {
                            sent.set(0, i, i + other);
                        }
                        assertArrayEquals(joined(List.of(sent)), joined(List.of(received.get(other))));
                    }
                }
            });
            assertEquals(Collections.nCopies(3, null), thrown);
        }
    }

    /** A round without a byte is a barrier: nobody leaves it before all have come. */
    @ParameterizedTest
    @EnumSource
    void noWorkerRunsAhead(Cluster.Kind kind) throws Exception {
        int workers = 4;
        AtomicIntegerArray begun = new AtomicIntegerArray(workers);
        try (Cluster cluster = Cluster.of(kind, workers)) {
            List<Throwable> thrown = cluster.run((exchange, _) -> {
                for (int round = 1; round <= 200; round++) {
                    begun.set(exchange.worker(), round);
                    exchange.round(_ -> List.of(), _ -> List.of());
                    for (int other = 0; other < workers; other++) {
                        int seen = begun.get(other);
                        assertTrue(seen == round || seen == round + 1, () -> "seen " + seen);
                    }
                }
            });
            assertEquals(Collections.nCopies(workers, null), thrown);
        }
    }

    /** Neither for the bytes, which are not copied to the heap, nor much for the objects that lend them. */
    @ParameterizedTest
    @EnumSource
    void aRoundAllocatesLittle(Cluster.Kind kind) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Cluster cluster = Cluster.of(kind, 2)) {
            List<Throwable> thrown = cluster.run((exchange, workspace) -> {
                List<Tensor> sent = List.of(workspace.zeros(ElementType.F32, 100_000));
                List<Tensor> received = List.of(workspace.zeros(ElementType.F32, 100_000));
                long least = Long.MAX_VALUE;
                for (int i = 0; i < 20; i++) {
                    long before = threads.getCurrentThreadAllocatedBytes();
                    for (int round = 0; round < 10; round++) {
                        exchange.round(_ -> sent, _ -> received);
                    }
                    least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / 10);
                }
                assertTrue(least < MOST_ALLOCATED, least + " bytes per round");
            });
            assertEquals(Arrays.asList(null, null), thrown);
        }
    }
}
