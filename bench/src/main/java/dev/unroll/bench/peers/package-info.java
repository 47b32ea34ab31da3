/**
 * Unroll side by side with others: {@link dev.unroll.bench.peers.Work} says what is computed, a
 * {@link dev.unroll.bench.peers.Peer} is who computes it, a {@link dev.unroll.bench.peers.Duel} times two of them in
 * turns. One file a peer; native ones are called through {@link java.lang.foreign}, and nothing is compiled against
 * them.
 */
package dev.unroll.bench.peers;
