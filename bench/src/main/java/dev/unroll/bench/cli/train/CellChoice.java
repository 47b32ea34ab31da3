package dev.unroll.bench.cli.train;

/** The values of {@code --cell}, named as in descriptions of models. */
enum CellChoice {
    LSTM,
    GRU,
    RNN
}
