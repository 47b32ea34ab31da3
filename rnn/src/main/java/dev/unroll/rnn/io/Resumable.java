package dev.unroll.rnn.io;

import java.io.IOException;

/**
 * Something that a checkpoint holds: the part of a training that changes while it runs. What a later process gets back by
 * {@link #restoreState} goes on exactly as the original would have.
 *
 * <p>Called by the thread that makes the checkpoint or resumes.
 */
public interface Resumable {
    /**
     * Puts everything that has changed since the beginning into a checkpoint.
     *
     * @param checkpoint takes values and tensors; tensors are written before the caller returns
     */
    void saveState(StateWriter checkpoint);

    /**
     * Takes over what {@link #saveState} put into a checkpoint.
     *
     * @param checkpoint whose numbers have been checked against their digest
     * @throws IllegalArgumentException if the checkpoint is of something else; the message names what differs, and
     *     nothing has changed
     * @throws IOException if reading fails
     */
    void restoreState(StateReader checkpoint) throws IOException;
}
