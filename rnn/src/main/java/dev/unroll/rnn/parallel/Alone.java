package dev.unroll.rnn.parallel;

/** The exchange of one worker, which has nobody to send anything to. */
enum Alone implements Exchange {
    INSTANCE;

    @Override
    public int workers() {
        return 1;
    }

    @Override
    public int worker() {
        return 0;
    }

    @Override
    public void round(Messages outgoing, Messages incoming) {
        // there is nobody else
    }

    @Override
    public void close() {
        // nothing is open
    }
}
