package dev.unroll.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory of a workspace. It does not refer to the workspace, so that it can be freed when that was forgotten. Small
 * chunks are shared ones, larger ones belong to one arena per workspace.
 */
final class WorkspaceMemory {
    /** The account limit of a workspace with its own limit. */
    static final long UNLIMITED = Long.MAX_VALUE;

    private final MemoryAccount account = MemoryAccount.common();
    private final SharedChunks small = SharedChunks.common();
    private final List<SharedChunks.Block> blocks = new ArrayList<>(2);

    /**
     * The bytes of a chunk behind those that are given to tensors: a vector that begins at the last element ends there. Kernels
     * load and store such vectors with masks, which reach no element of others; but beyond a segment the JDK looks at every
     * lane of the mask, which then becomes garbage of every call.
     */
    static final int SLACK = 64;

    /** Created with the first large chunk: closing one costs a handshake with every thread. */
    private Arena arena;

    private long large;
    private boolean isOwn;
    private boolean isEmpty = true;

    /**
     * Takes a chunk.
     *
     * @param bytes a multiple of the alignment
     * @param limit the limit of the account
     * @return the chunk, longer by the slack; null at the limit
     * @throws OutOfMemoryError if the system has no more
     */
    synchronized MemorySegment take(long bytes, long limit) {
        MemorySegment chunk = bytes <= SharedChunks.LARGEST ? small(bytes, limit) : large(bytes, limit);
        if (chunk != null && isEmpty) {
            isEmpty = false;
            account.open();
        }
        return chunk;
    }

    private MemorySegment small(long bytes, long limit) {
        SharedChunks.Block block = small.take(bytes, limit);
        if (block == null) {
            return null;
        }
        blocks.add(block);
        return block.memory(bytes);
    }

    /** Takes a chunk as {@link #take} does, if necessary after freeing everything unused. */
    MemorySegment takeAtLast(long bytes, long limit) {
        small.trim();
        MemorySegment[] taken = {take(bytes, limit)};
        if (taken[0] == null && bytes <= limit) {
            Forgotten.free(() -> {
                small.trim();
                taken[0] = take(bytes, limit);
                return taken[0] != null;
            });
        }
        return taken[0];
    }

    /** Describes what all workspaces have taken, for messages. */
    String figures() {
        return account.taken() + " in use, " + account.takenByOwn() + " more under limits of their own, by "
                + account.workspaces() + " workspaces";
    }

    private MemorySegment large(long bytes, long limit) {
        if (limit == UNLIMITED) {
            account.takeOwn(bytes);
        } else if (!account.take(bytes, limit)) {
            return null;
        }
        boolean done = false;
        try {
            arena = arena == null ? Arena.ofShared() : arena;
            MemorySegment chunk = arena.allocate(bytes + SLACK, Workspace.ALIGNMENT);
            done = true;
            return chunk;
        } finally {
            large += bytes;
            isOwn = limit == UNLIMITED;
            if (!done) {
                giveBackLarge(bytes);
            }
        }
    }

    private void giveBackLarge(long bytes) {
        large -= bytes;
        if (isOwn) {
            account.giveBackOwn(bytes);
        } else {
            account.giveBack(bytes);
        }
    }

    /** Frees all memory; called once, at the end. */
    synchronized void free() {
        blocks.forEach(small::giveBack);
        if (!isEmpty) {
            account.close();
        }
        giveBackLarge(large); // first, so that the account is right even if closing the arena fails
        if (arena != null) {
            arena.close();
        }
    }
}
