package dev.unroll.rnn.text;

/** Takes a text one UTF-16 unit after another: a stage on the way from characters to tokens. */
interface CharSink {
    void accept(char c);

    /** A file has ended, and with it its last line and word; the text may go on in another file. */
    void endFile();

    /** The text has ended. */
    void end();
}
