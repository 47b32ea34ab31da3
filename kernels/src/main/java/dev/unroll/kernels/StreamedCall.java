package dev.unroll.kernels;

/**
 * A call that may be one of a stream: then its operands stay entered from when it is queued until all of its parts have
 * ended.
 */
abstract class StreamedCall implements RowQueue.RowCall {
    private static final int MOST_OPERANDS = 7;

    private final Tensor[] entered = new Tensor[MOST_OPERANDS];
    private int count;

    /**
     * Enters a matrix of the workspace of a stream.
     *
     * @return false if it lies elsewhere; no operand is entered any more then, nor if it is refused by an exception
     */
    final boolean enter(String name, RowStream stream, Tensor operand) {
        return enter(name, stream, operand, false);
    }

    /** Enters what no call of the stream writes to; the same for matrices of any workspace. */
    final boolean enterShared(String name, RowStream stream, Tensor operand) {
        return enter(name, stream, operand, true);
    }

    private boolean enter(String name, RowStream stream, Tensor operand, boolean isShared) {
        boolean isEntered = false;
        try {
            isEntered = isShared ? stream.enterShared(name, operand) : stream.enter(name, operand);
        } finally {
            if (isEntered) {
                entered[count++] = operand;
            } else {
                finish();
            }
        }
        return isEntered;
    }

    /** Exits the operands. */
    @Override
    public final void finish() {
        for (; count > 0; count--) {
            entered[count - 1].exit();
            entered[count - 1] = null;
        }
        forget();
    }

    /** Drops the operands, for the call outlives them. */
    abstract void forget();
}
