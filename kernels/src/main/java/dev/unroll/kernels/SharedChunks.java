package dev.unroll.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Small chunks for many workspaces, cut from slabs of one mebibyte: a buddy system, in which a block is halved until it
 * fits, and becomes whole again with its other half. Chunks go from one workspace to the next without the operating
 * system: an arena of each would cost a handshake with every thread when it is closed.
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

    /** Memory that is taken from the operating system at once; each is only equal to itself. */
    private static final class Slab {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment memory;
        private final int size;

        Slab(int size) {
            this.size = size;
            memory = arena.allocate(1L << size, Workspace.ALIGNMENT);
        }
    }

    /** A part of a slab; its size is given as a power of two. */
    static final class Block {
        private final Slab slab;
        private final long offset;
        private final int size;

        private Block(Slab slab, long offset, int size) {
            this.slab = slab;
            this.offset = offset;
            this.size = size;
        }

        MemorySegment memory(long bytes) {
            return slab.memory.asSlice(offset, bytes);
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

    /** How many bytes a chunk really takes. */
    static long rounded(long bytes) {
        return 1L << size(bytes);
    }

    private static int size(long bytes) {
        return Math.max(SMALLEST, Long.SIZE - Long.numberOfLeadingZeros(bytes - 1));
    }

    /**
     * Takes a block for so many bytes.
     *
     * @param limit of the account, where a slab more is needed
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

    /** Close to the limit a slab is as large as it can be. */
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
            closeEmpty(free.get(block.size), Math.max(1, slabs - emptySlabs)); // as many as are used: few are closed
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

    /** Returns all slabs of which nothing is used. */
    synchronized void trim() {
        free.forEach(blocks -> closeEmpty(blocks, 0));
    }
}
