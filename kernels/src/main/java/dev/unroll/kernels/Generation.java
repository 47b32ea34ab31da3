package dev.unroll.kernels;

/**
 * The generation of a tensor: the span between a mark (or the start) of a workspace and the return to it. All tensors
 * of a span share one generation, so that releasing them is one write and checking one of them one read.
 */
final class Generation {
    private final Workspace workspace;
    private volatile boolean released;
    /** Accessed by the workspace alone, under its lock. */
    private boolean hasTensors;

    Generation(Workspace workspace) {
        this.workspace = workspace;
    }

    Workspace workspace() {
        return workspace;
    }

    Generation withTensors() {
        hasTensors = true;
        return this;
    }

    boolean hasTensors() {
        return hasTensors;
    }

    void release() {
        released = true;
    }

    /** Makes the tensors valid again: their memory was kept. */
    void revive() {
        released = false;
    }

    boolean isReleased() {
        return released;
    }
}
