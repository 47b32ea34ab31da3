package dev.unroll.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One limit for all workspaces that have none of their own. */
class MemoryLimitTest {
    private static final long MEBIBYTE = 1 << 20;

    private final List<Workspace> open = new ArrayList<>();

    @AfterEach
    void closeAll() {
        System.clearProperty("unroll.memory");
        open.forEach(Workspace::close);
    }

    private Workspace workspace(String name) {
        Workspace workspace = new Workspace(name);
        open.add(workspace);
        return workspace;
    }

    /** Leaves so much to those without a limit, whatever else this virtual machine has taken. */
    private static void leave(long bytes) {
        System.setProperty("unroll.memory", "" + (MemoryAccount.common().taken() + bytes));
    }

    private static String refusal(Runnable call) {
        return assertThrows(IllegalStateException.class, call::run).getMessage();
    }

    @Test
    void allWithoutALimitOfTheirOwnShareOne() {
        leave(8 * MEBIBYTE);
        Workspace first = workspace("first");
        Workspace second = workspace("second");
        first.allocate(ElementType.F32, MEBIBYTE); // 4 MiB
        second.allocate(ElementType.F32, MEBIBYTE / 2);
        String message = refusal(() -> second.allocate(ElementType.F32, MEBIBYTE));
        assertTrue(message.startsWith("workspace second: 4194304 bytes more would exceed the limit of "), message);
        assertTrue(message.contains(MemoryAccount.common().taken() + " in use, "), message);
        assertTrue(message.contains(MemoryAccount.common().workspaces() + " workspaces"), message);
        assertTrue(message.contains("set -Dunroll.memory=SIZE"), message);
        assertTrue(message.length() <= 300 && message.lines().count() == 1, message);
        first.close();
        assertEquals(MEBIBYTE, second.allocate(ElementType.F32, MEBIBYTE).size());
    }

    @Test
    void aLoopThatKeepsSmallWorkspacesIsRefusedAtTheLimit() {
        leave(4 * MEBIBYTE);
        long before = MemoryAccount.common().taken();
        String message = refusal(() -> {
            while (true) {
                workspace("state").allocate(ElementType.F32, 128);
            }
        });
        assertTrue(message.contains("workspace state: 512 bytes more"), message);
        assertTrue(MemoryAccount.common().taken() - before <= 4 * MEBIBYTE);
        assertTrue(open.size() >= 4096, () -> "only " + open.size());
    }

    @Test
    void memoryUnderALimitOfItsOwnIsCountedAndLeavesThatOfOthersAlone() {
        leave(4 * MEBIBYTE);
        long before = MemoryAccount.common().takenByOwn();
        Workspace bounded = new Workspace("bounded", 16 * MEBIBYTE);
        open.add(bounded);
        assertEquals(4 * MEBIBYTE, bounded.allocate(ElementType.F32, 4 * MEBIBYTE).size());
        assertEquals(16 * MEBIBYTE, MemoryAccount.common().takenByOwn() - before);
        assertEquals(MEBIBYTE / 2, workspace("other").allocate(ElementType.F32, MEBIBYTE / 2).size());
        bounded.close();
        assertEquals(before, MemoryAccount.common().takenByOwn());
    }

    @Test
    void allThatIsLeftCanBeAllocatedInOneTensorAndNoByteMore() {
        leave(3 * MEBIBYTE);
        Workspace all = workspace("all");
        all.allocate(ElementType.F32, 3 * MEBIBYTE / 4);
        refusal(() -> workspace("none").allocate(ElementType.F32, 5 * MEBIBYTE));
    }

    @Test
    void tenThousandSmallOnesTakeTenMebibytes() {
        long before = MemoryAccount.common().taken();
        for (int i = 0; i < 10_000; i++) {
            Workspace state = workspace("state");
            state.zeros(ElementType.F32, 1, 64);
            state.zeros(ElementType.F32, 1, 64);
        }
        long taken = MemoryAccount.common().taken() - before;
        assertTrue(taken <= 11 * MEBIBYTE, taken + " bytes");
        long workspaces = MemoryAccount.common().workspaces();
        open.forEach(Workspace::close);
        assertEquals(10_000, workspaces - MemoryAccount.common().workspaces());
        assertTrue(MemoryAccount.common().taken() - before <= 2 * MEBIBYTE, "most of it went back");
    }

    @Test
    void closingGivesBackEveryByte() {
        SharedChunks.common().trim();
        long before = MemoryAccount.common().taken();
        try (Workspace workspace = new Workspace("much")) {
            for (int i = 1; i < 100; i++) {
                workspace.allocate(ElementType.F64, i * 3000);
            }
            assertTrue(MemoryAccount.common().taken() - before >= workspace.reservedBytes());
        }
        SharedChunks.common().trim();
        assertEquals(before, MemoryAccount.common().taken());
    }
}
