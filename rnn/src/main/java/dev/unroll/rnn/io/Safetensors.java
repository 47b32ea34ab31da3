package dev.unroll.rnn.io;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Tensors in the safetensors format, which other frameworks read and write too: 8 bytes with the length of the header,
 * little-endian; the header, a JSON object that gives each tensor's type, shape and place; then the numbers,
 * little-endian and without gaps. Element types F32, F64 and I32.
 *
 * <p>{@link #open} reads the header alone and checks it in full against the size of the file, so that a damaged or
 * hostile file is refused before any of its numbers are used; {@link #read} then reads one tensor straight into memory
 * of the caller's. The file is not mapped into memory: one that shrinks while it is read ends in an exception. The
 * format has no check sum, so that a changed number is not noticed.
 *
 * <p>Safe for use by many threads. A thread that is interrupted while it reads closes the file, as the rules of
 * {@link FileChannel} are.
 */
public final class Safetensors implements Closeable {
    /** The longest header that is written and read; the format's own limit is 100 MB. */
    public static final int MAX_HEADER = Json.MAX_LENGTH;

    /** Data passes through a buffer of this many bytes, a multiple of every element's size. */
    private static final int CHUNK = 1 << 20;

    private final String source;
    private final FileChannel channel;
    private final long dataStart;
    private final SafetensorsHeader header;

    private Safetensors(String source, FileChannel channel, long dataStart, SafetensorsHeader header) {
        this.source = source;
        this.channel = channel;
        this.dataStart = dataStart;
        this.header = header;
    }

    /**
     * Opens a file and checks everything in it but the numbers.
     *
     * @param file the file
     * @return the open file, to be closed by the caller
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws MalformedFileException if it is not a safetensors file, damaged, cut short, or has a tensor of another
     *     type
     * @throws IOException if reading fails
     */
    public static Safetensors open(Path file) throws IOException {
        ModelFolder.requireFile(file);
        String source = file.toString();
        FileChannel channel = FileChannel.open(file);
        try {
            long afterLength = channel.size() - Long.BYTES;
            ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            readFully(source, channel, length, 0);
            long headerSize = length.getLong(0);
            if (headerSize < 0 || headerSize > Math.min(MAX_HEADER, afterLength)) {
                throw new MalformedFileException(source, "announces a header of " + Long.toUnsignedString(headerSize)
                        + " bytes, but " + afterLength + " follow and " + MAX_HEADER
                        + " are the most that is read; cut short or not a safetensors file");
            }
            byte[] json = new byte[(int) headerSize];
            readFully(source, channel, ByteBuffer.wrap(json), Long.BYTES);
            SafetensorsHeader header = SafetensorsHeader.read(source, json, afterLength - headerSize);
            return new Safetensors(source, channel, Long.BYTES + headerSize, header);
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    /**
     * What the file holds.
     *
     * @return all tensors, in the order of their data
     */
    public List<TensorInfo> tensors() {
        return header.tensors().values().stream()
                .map(SafetensorsHeader.Placed::info)
                .toList();
    }

    /**
     * The strings that the writer attached.
     *
     * @return unmodifiable, empty if there are none
     */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    /**
     * Refuses a file whose tensors are not exactly those that the caller is going to read.
     *
     * @param expected names, types and shapes, in any order
     * @throws MalformedFileException if a tensor is missing, is another one than expected, or is not expected
     */
    public void require(Collection<TensorInfo> expected) throws MalformedFileException {
        for (TensorInfo wanted : expected) {
            TensorInfo found = find(wanted.name()).info();
            if (!found.equals(wanted)) {
                throw new MalformedFileException(source, "expected " + wanted + " but found " + found);
            }
        }
        Set<TensorInfo> all = new HashSet<>(expected);
        for (TensorInfo found : tensors()) {
            if (!all.contains(found)) {
                throw new MalformedFileException(source, "the tensor " + found + " does not belong to this model");
            }
        }
    }

    /**
     * Reads the numbers of one tensor.
     *
     * @param name of the tensor
     * @param destination memory of exactly the tensor's size, on or off the heap; receives the numbers in the machine's
     *     own byte order
     * @throws IllegalArgumentException if the destination is of another size or read-only; nothing is written
     * @throws MalformedFileException if there is no such tensor, or if the file has shrunk since it was opened, in
     *     which case part of the destination may have been written
     * @throws IOException if reading fails, likewise
     */
    public void read(String name, MemorySegment destination) throws IOException {
        SafetensorsHeader.Placed tensor = find(name);
        if (destination.byteSize() != tensor.info().byteSize() || destination.isReadOnly()) {
            throw new IllegalArgumentException(source + ": " + tensor.info() + " needs "
                    + tensor.info().byteSize() + " bytes of writable memory, not " + destination.byteSize()
                    + (destination.isReadOnly() ? " that are read-only" : ""));
        }
        ValueLayout machine = bits(tensor.info());
        ValueLayout file = machine.withOrder(ByteOrder.LITTLE_ENDIAN);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment chunk = arena.allocate(Math.min(CHUNK, destination.byteSize()), Long.BYTES);
            for (long done = 0; done < destination.byteSize(); done += chunk.byteSize()) {
                long bytes = Math.min(chunk.byteSize(), destination.byteSize() - done);
                ByteBuffer buffer = chunk.asSlice(0, bytes).asByteBuffer();
                readFully(source, channel, buffer, dataStart + tensor.begin() + done);
                MemorySegment.copy(chunk, file, 0, destination, machine, done, bytes / machine.byteSize());
            }
        }
    }

    /** Closes the file; reading from it then throws {@link java.nio.channels.ClosedChannelException}. */
    @Override
    public void close() throws IOException {
        channel.close();
    }

    /**
     * Writes a whole file. Equal tensors in equal order give equal bytes.
     *
     * @param channel takes the file, from where it stands; left open
     * @param metadata strings to attach, possibly none
     * @param tensors what to write, and its numbers in the machine's own byte order, on or off the heap; those of 8
     *     byte elements are put first so that all are aligned
     * @throws IllegalArgumentException if memory is not of its tensor's size, two tensors have one name, or the header
     *     grows past {@link #MAX_HEADER}; nothing is written
     * @throws IOException if writing fails
     */
    public static void write(
            WritableByteChannel channel, Map<String, String> metadata, SequencedMap<TensorInfo, MemorySegment> tensors)
            throws IOException {
        for (Map.Entry<TensorInfo, MemorySegment> tensor : tensors.entrySet()) {
            if (tensor.getValue().byteSize() != tensor.getKey().byteSize()) {
                throw new IllegalArgumentException(tensor.getKey() + " takes " + tensor.getKey().byteSize()
                        + " bytes, but its memory has " + tensor.getValue().byteSize());
            }
        }
        List<TensorInfo> ordered = SafetensorsHeader.inFileOrder(tensors.sequencedKeySet());
        byte[] json = SafetensorsHeader.write(metadata, ordered);
        ByteBuffer start = ByteBuffer.allocate(Long.BYTES + json.length).order(ByteOrder.LITTLE_ENDIAN);
        writeFully(channel, start.putLong(json.length).put(json).flip());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment chunk = arena.allocate(CHUNK, Long.BYTES);
            for (TensorInfo tensor : ordered) {
                writeData(channel, chunk, bits(tensor), tensors.get(tensor));
            }
        }
    }

    private static void writeData(
            WritableByteChannel channel, MemorySegment chunk, ValueLayout machine, MemorySegment data)
            throws IOException {
        ValueLayout file = machine.withOrder(ByteOrder.LITTLE_ENDIAN);
        for (long done = 0; done < data.byteSize(); done += chunk.byteSize()) {
            long bytes = Math.min(chunk.byteSize(), data.byteSize() - done);
            MemorySegment.copy(data, machine, done, chunk, file, 0, bytes / machine.byteSize());
            writeFully(channel, chunk.asSlice(0, bytes).asByteBuffer());
        }
    }

    /** Elements as integers of their width: they are moved, on some machines turned round, but never computed with. */
    private static ValueLayout bits(TensorInfo tensor) {
        return tensor.type().bytes() == Long.BYTES ? ValueLayout.JAVA_LONG_UNALIGNED : ValueLayout.JAVA_INT_UNALIGNED;
    }

    private SafetensorsHeader.Placed find(String name) throws MalformedFileException {
        SafetensorsHeader.Placed tensor = header.tensors().get(name);
        if (tensor == null) {
            throw new MalformedFileException(source, "there is no tensor " + Shown.quote(name) + " in it");
        }
        return tensor;
    }

    private static void readFully(String source, FileChannel channel, ByteBuffer buffer, long position)
            throws IOException {
        long at = position;
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer, at);
            if (count < 0) {
                throw new MalformedFileException(source, "ends at byte " + at + "; cut short, copy it again");
            }
            at += count;
        }
    }

    private static void writeFully(WritableByteChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
