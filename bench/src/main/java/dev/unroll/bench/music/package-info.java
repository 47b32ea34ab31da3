/**
 * Music that a network makes: a {@link dev.unroll.bench.music.MusicSampler} draws the frames of a
 * {@link dev.unroll.bench.music.Piece}, and one class for each kind of file writes it. Commands come in here.
 */
package dev.unroll.bench.music;
