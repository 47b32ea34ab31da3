package dev.unroll.kernels;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The chunks of a workspace and the pointer that allocation advances through them; guarded by the workspace. */
final class Chunks {
    private final String workspace;
    private final long limit;
    private final boolean hasOwnLimit;
    private final WorkspaceMemory memory;
    private final List<MemorySegment> chunks = new ArrayList<>();
    private int chunk = -1;
    private long top;
    private long reserved;

    Chunks(String workspace, long limit, boolean hasOwnLimit, WorkspaceMemory memory) {
        this.workspace = workspace;
        this.limit = limit;
        this.hasOwnLimit = hasOwnLimit;
        this.memory = memory;
    }

    MemorySegment current() {
        return chunks.get(chunk);
    }

    /** The index of the current chunk, -1 before the first allocation. */
    int index() {
        return chunk;
    }

    /** The offset of free memory in the current chunk. */
    long top() {
        return top;
    }

    /** Sets the pointer back to an earlier index and top. */
    void returnTo(int index, long oldTop) {
        chunk = index;
        top = oldTop;
    }

    /** The bytes taken so far. */
    long reserved() {
        return reserved;
    }

    /**
     * Advances the pointer by the given bytes, into the next chunk with room or a new one, which becomes the current
     * one.
     *
     * @return offset of the bytes in the current chunk
     */
    long reserve(long bytes) {
        for (int c = Math.max(chunk, 0); c < chunks.size(); c++) {
            long start = c == chunk ? top : 0;
            if (bytes <= size(chunks.get(c)) - start) {
                chunk = c;
                top = aligned(start + bytes);
                return start;
            }
        }
        grow(bytes);
        top = aligned(bytes);
        return 0;
    }

    /** The bytes of a chunk that tensors may have. */
    private static long size(MemorySegment chunk) {
        return chunk.byteSize() - WorkspaceMemory.SLACK;
    }

    private void grow(long bytes) {
        long needed = aligned(bytes);
        long left = limit - (hasOwnLimit ? reserved : 0) & -Workspace.ALIGNMENT;
        if (needed > left || needed < 0) {
            throw full(bytes);
        }
        MemorySegment taken;
        try {
            taken = take(needed, left);
        } catch (OutOfMemoryError e) {
            throw new IllegalStateException("workspace " + workspace + ": the system has no " + needed
                    + " bytes more (" + reserved + " taken); use smaller sizes, or a machine with more memory", e);
        }
        if (taken == null) {
            throw full(bytes);
        }
        chunks.add(taken);
        reserved += size(taken);
        chunk = chunks.size() - 1;
    }

    /** Takes more than is needed while there is plenty, so that chunks stay few; null if there is too little. */
    private MemorySegment take(long needed, long left) {
        long shared = hasOwnLimit ? WorkspaceMemory.UNLIMITED : limit;
        boolean isSmall = Math.max(needed, 3 * reserved) <= SharedChunks.LARGEST;
        long wished = isSmall
                ? SharedChunks.rounded(Math.max(needed, 3 * reserved))
                : Math.max(needed, reserved);
        MemorySegment chunk = wished <= left ? memory.take(wished, shared) : null;
        return chunk != null ? chunk : memory.takeAtLast(needed, shared);
    }

    private MemoryLimitException full(long bytes) {
        String limits = hasOwnLimit
                ? "its limit of " + limit + " bytes (" + reserved + " taken); raise the limit, or set"
                        + " -Dunroll.memory=SIZE and give it none"
                : "the limit of " + limit + " bytes of all workspaces that have none of their own (" + memory.figures()
                        + "); close what is not needed, or set -Dunroll.memory=SIZE";
        return new MemoryLimitException(
                "workspace " + workspace + ": " + bytes + " bytes more would exceed " + limits);
    }

    private static long aligned(long bytes) {
        return (bytes + Workspace.ALIGNMENT - 1) & -Workspace.ALIGNMENT;
    }
}
