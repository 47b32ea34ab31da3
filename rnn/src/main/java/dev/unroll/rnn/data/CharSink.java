package dev.unroll.rnn.data;

/** Takes a text one UTF-16 unit after another: a stage on the way from characters to tokens. */
interface CharSink {
    void accept(char c);

    /** The text has ended. */
    void end();
}
