package dev.unroll.kernels;

/**
 * The span of a workspace's life in which a tensor was allocated: from a mark (or the start) to the return to it. All
 * tensors of one span share one generation, so that releasing them is one write and checking one of them one read.
 */
final class Generation {
    private final Workspace workspace;
    private volatile boolean released;

    Generation(Workspace workspace) {
        this.workspace = workspace;
    }

    Workspace workspace() {
        return workspace;
    }

    void release() {
        released = true;
    }

    boolean isReleased() {
        return released;
    }
}
