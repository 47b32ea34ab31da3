/** The commands that exchange weights and tensors with PyTorch. Knows nothing of how they lie: that is rnn's. */
package dev.unroll.bench.cli.pytorch;
