package dev.unroll.bench.cli;

/** The cells of {@code --cell}, as descriptions of models name them. */
enum Cell {
    LSTM,
    GRU,
    RNN
}
