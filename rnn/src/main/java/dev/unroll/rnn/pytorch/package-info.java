/**
 * Weights of PyTorch, in and out, in the safetensors format: {@link dev.unroll.rnn.pytorch.PyTorchCheckpoint} reads and
 * writes them under the names of {@code nn.RNN}, {@code nn.GRU}, {@code nn.LSTM}, {@code nn.Linear} and
 * {@code nn.Embedding}, {@link dev.unroll.rnn.pytorch.PyTorchRun} runs a network on tensors of a file as such a module
 * runs. A null argument is an {@link IllegalArgumentException} that names the call and the parameter. Knows models and
 * their files; nothing else knows it.
 */
package dev.unroll.rnn.pytorch;
