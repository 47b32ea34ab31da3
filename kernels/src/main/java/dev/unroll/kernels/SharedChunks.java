package dev.unroll.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Small chunks shared by all workspaces, cut from slabs of one mebibyte by a buddy system: a block is halved until it
 * fits, and merged with its other half when that is free. Chunks pass from one workspace to the next without the
 * operating system: closing an arena per workspace would cost a handshake with every thread.
 */
final class SharedChunks {
    private static final int SMALLEST = 10;
    private static final int SLAB = 20;

    /** The largest chunk, in bytes. */
    static final long LARGEST = 1L << SLAB;

    private static final SharedChunks COMMON = new SharedChunks(MemoryAccount.common());

    private final MemoryAccount account;

    /** The free blocks of each size, which is a power of two. */
    private final List<Set<Block>> free = new ArrayList<>();

    private int slabs;
    private int emptySlabs;

    SharedChunks(MemoryAccount account) {
        this.account = account;
        for (int size = 0; size <= SLAB; size++) {
            free.add(new LinkedHashSet<>());
        }
    }

    static SharedChunks common() {
        return COMMON;
    }

    /** Memory taken from the operating system at once; compared by identity. */
    private static final class Slab {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment memory;
        private final int size;

        Slab(int size) {
            this.size = size;
            memory = arena.allocate((1L << size) + WorkspaceMemory.SLACK, Workspace.ALIGNMENT);
        }
    }

    /** A part of a slab; its size is the exponent of a power of two. */
    static final class Block {
        private final Slab slab;
        private final long offset;
        private final int size;

        private Block(Slab slab, long offset, int size) {
            this.slab = slab;
            this.offset = offset;
            this.size = size;
        }

        /** The memory, and the slack behind it, which is that of the next block. */
        MemorySegment memory(long bytes) {
            return slab.memory.asSlice(offset, bytes + WorkspaceMemory.SLACK);
        }

        private boolean isSlab() {
            return size == slab.size;
        }

        private Block lowerHalf() {
            return new Block(slab, offset, size - 1);
        }

        private Block upperHalf() {
            return new Block(slab, offset + (1L << size - 1), size - 1);
        }

        private Block otherHalf() {
            return new Block(slab, offset ^ 1L << size, size);
        }

        private Block whole() {
            return new Block(slab, offset & ~(1L << size), size + 1);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Block b && b.slab == slab && b.offset == offset && b.size == size;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(slab) * 31 + (int) (offset >> SMALLEST);
        }
    }

    /** The number of bytes that a chunk really takes. */
    static long rounded(long bytes) {
        return 1L << size(bytes);
    }

    private static int size(long bytes) {
        return Math.max(SMALLEST, Long.SIZE - Long.numberOfLeadingZeros(bytes - 1));
    }

    /**
     * Takes a block for at least so many bytes.
     *
     * @param limit the limit of the account, if another slab is needed
     * @return null at the limit
     */
    synchronized Block take(long bytes, long limit) {
        int size = size(bytes);
        Block block = firstFree(size);
        if (block == null) {
            block = newSlab(size, limit);
        }
        while (block != null && block.size > size) {
            free.get(block.size - 1).add(block.upperHalf());
            block = block.lowerHalf();
        }
        return block;
    }

    private Block firstFree(int size) {
        for (int s = size; s <= SLAB; s++) {
            Iterator<Block> blocks = free.get(s).iterator();
            if (blocks.hasNext()) {
                Block block = blocks.next();
                blocks.remove();
                emptySlabs -= block.isSlab() ? 1 : 0;
                return block;
            }
        }
        return null;
    }

    /** Takes a slab, close to the limit as large as still possible. */
    private Block newSlab(int needed, long limit) {
        int size = SLAB;
        while (!account.take(1L << size, limit)) {
            if (--size < needed) {
                return null;
            }
        }
        Slab slab;
        try {
            slab = new Slab(size);
        } catch (Throwable e) {
            account.giveBack(1L << size);
            throw e;
        }
        slabs++;
        return new Block(slab, 0, size);
    }

    synchronized void giveBack(Block given) {
        Block block = given;
        while (!block.isSlab() && free.get(block.size).remove(block.otherHalf())) {
            block = block.whole();
        }
        free.get(block.size).add(block);
        if (block.isSlab()) {
            emptySlabs++;
            closeEmpty(free.get(block.size), Math.max(1, slabs - emptySlabs)); // keeps as many as are in use
        }
    }

    private void closeEmpty(Set<Block> blocks, int kept) {
        for (Iterator<Block> i = blocks.iterator(); emptySlabs > kept && i.hasNext();) {
            Block block = i.next();
            if (block.isSlab()) {
                i.remove();
                block.slab.arena.close();
                emptySlabs--;
                slabs--;
                account.giveBack(1L << block.size);
            }
        }
    }

    /** Returns all unused slabs to the operating system. */
    synchronized void trim() {
        free.forEach(blocks -> closeEmpty(blocks, 0));
    }
}
