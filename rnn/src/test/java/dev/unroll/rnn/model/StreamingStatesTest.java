package dev.unroll.rnn.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many states of one network, as of a server with a stream for each of its users. */
class StreamingStatesTest {
    private static final int STREAMS = 10_000;

    private final List<CarriedState> states = new ArrayList<>();

    @AfterEach
    void close() {
        System.clearProperty("unroll.memory");
        System.clearProperty("unroll.leaks");
        states.forEach(CarriedState::close);
    }

    private static long heap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void tenThousandOfAnLstm64TakeLessThan100Megabytes() {
        try (DeepRnn network = NetworkBuilder.lstm(28, 64, 1).build()) {
            long before = heap();
            for (int i = 0; i < STREAMS; i++) {
                states.add(network.newState(1));
            }
            long offHeap = states.stream().map(CarriedState::memory).mapToLong(Workspace::reservedBytes).sum();
            long onHeap = heap() - before;
            assertEquals(STREAMS * 1024L, offHeap);
            assertTrue(offHeap + onHeap < 100_000_000, () -> offHeap + " bytes off the heap and " + onHeap + " on it");
        }
    }

    @Test
    void eachKeepsItsOwnNumbers() {
        try (DeepRnn network = NetworkBuilder.lstm(28, 64, 1).build()) {
            for (int i = 0; i < 60; i++) {
                states.add(network.newState(1));
                network.predict(states.get(i), new Ids(i % 28, i / 28));
            }
            for (int i = 0; i < 60; i++) {
                try (CarriedState alone = network.newState(1)) {
                    Frames expected = network.predict(alone, new Ids(i % 28, i / 28, 3));
                    assertEquals(expected.frames(2, 1), network.predict(states.get(i), new Ids(3)));
                }
            }
        }
    }

    @Test
    void aLoopThatClosesNoneGoesOnForEver() {
        System.setProperty("unroll.leaks", "off");
        try (DeepRnn network = NetworkBuilder.lstm(28, 64, 1).build()) {
            System.setProperty("unroll.memory", "24m");
            for (int i = 0; i < 60_000; i++) { // 60 MiB
                network.newState(1);
            }
        }
    }

    @Test
    void aLoopThatKeepsAllIsRefusedAtTheLimitWithTheFigures() {
        try (DeepRnn network = NetworkBuilder.lstm(28, 64, 1).build()) {
            System.setProperty("unroll.memory", "24m");
            String message = assertThrows(IllegalStateException.class, () -> {
                while (true) {
                    states.add(network.newState(1));
                }
            }).getMessage();
            assertTrue(message.startsWith("workspace carried state: 256 bytes more would exceed"), message);
            assertTrue(message.contains("25165824"), message);
            assertTrue(states.size() > 10_000, () -> states.size() + " states");
        }
    }
}
