package dev.unroll.rnn.io;

import dev.unroll.kernels.Tensor;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Tensors in the safetensors format, which other frameworks read and write too: 8 bytes with the length of the header,
 * little-endian; the header, a JSON object that gives each tensor's type, shape and place; then the numbers,
 * little-endian and without gaps.
 *
 * <p>Tensors of F32, F64 and I32 are read as they are, F16 and BF16 as F32 of exactly the same values, and I64 as I32 if
 * its values fit. Those of all other types are {@linkplain #skipped() skipped}: their sizes are checked, but they are no
 * tensors of the file as far as reading goes. What is written is F32, F64 or I32, and F32 on request as BF16.
 *
 * <p>{@link #open} reads the header alone and checks it in full against the size of the file, so that a damaged or
 * hostile file is refused before any of its numbers are used; {@link #read} then maps one tensor into memory, and copies
 * it straight to memory of the caller's. A file that shrinks while it is read ends in an exception. The format has no
 * check sum, so that a changed number is not noticed; {@link DescribedTensors} has one.
 *
 * <p>Safe for use by many threads. A thread that is interrupted while it reads closes the file, as the rules of
 * {@link FileChannel} are.
 */
public final class Safetensors implements Closeable {
    /** The longest header that is written and read, which is the format's own limit. */
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
     * @throws MalformedFileException if it is not a safetensors file, damaged or cut short
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
                        + " bytes; expected at most " + Math.min(MAX_HEADER, afterLength)
                        + (afterLength < MAX_HEADER ? ", the bytes that follow it" : "")
                        + "; it is cut short or not a safetensors file, take another copy");
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
     * The file, for messages.
     *
     * @return its path
     */
    public String source() {
        return source;
    }

    /**
     * Returns what the file holds that can be read.
     *
     * @return all tensors but the {@linkplain #skipped() skipped} ones, in the order of their data; their types are those
     *     of the numbers that {@link #read} gives
     */
    public List<TensorInfo> tensors() {
        return header.tensors().values().stream()
                .map(SafetensorsHeader.Placed::info)
                .toList();
    }

    /**
     * Returns the tensors that are skipped, since their types are not read, such as {@code BOOL} or {@code F8_E4M3}.
     *
     * @return the type of each as the file names it, by name, in the order of their data; unmodifiable
     */
    public SequencedMap<String, String> skipped() {
        return Collections.unmodifiableSequencedMap(header.skipped());
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
                throw new MalformedFileException(source, "expected " + wanted + " but found " + found
                        + "; give the file of the same model");
            }
        }
        Set<TensorInfo> all = new HashSet<>(expected);
        for (TensorInfo found : tensors()) {
            if (!all.contains(found)) {
                throw new MalformedFileException(source, "the tensor " + found + " does not belong to this model;"
                        + " give the file of the same model");
            }
        }
        Map.Entry<String, String> skipped = header.skipped().firstEntry();
        if (skipped != null) {
            throw new MalformedFileException(source, "the tensor " + skipped.getValue() + " "
                    + Shown.quote(skipped.getKey())
                    + " does not belong to this model; give the file of the same model");
        }
    }

    /**
     * Reads the numbers of one tensor.
     *
     * @param name of the tensor
     * @param destination memory of exactly the tensor's size, on or off the heap; receives the numbers in the machine's
     *     own byte order
     * @throws IllegalArgumentException if the destination is of another size or read-only; nothing is written
     * @throws MalformedFileException if there is no such tensor, or if the file has shrunk since it was opened or an I64
     *     is none of 32 bits, in which case part of the destination may have been written
     * @throws IOException if reading fails, likewise
     */
    public void read(String name, MemorySegment destination) throws IOException {
        TensorInfo tensor = find(name).info();
        if (destination.byteSize() != tensor.byteSize() || destination.isReadOnly()) {
            throw new IllegalArgumentException(Shown.message(source, tensor + " needs "
                    + tensor.byteSize() + " bytes of writable memory, not " + destination.byteSize()
                    + (destination.isReadOnly() ? " that are read-only" : "")));
        }
        read(name, (from, numbers) -> MemorySegment.copy(numbers, 0, destination, from, numbers.byteSize()));
    }

    /**
     * Reads the numbers of one tensor into a tensor of as many numbers of the same type, whatever its shape.
     *
     * @param name of the tensor
     * @param destination whose rows lie one behind the other; receives the numbers in their order
     * @throws MalformedFileException if there is no such tensor, or one of another type or size, or if the file has
     *     shrunk since it was opened or an I64 is none of 32 bits, in which case part of the destination may have been
     *     written
     * @throws IOException if reading fails, likewise
     */
    public void read(String name, Tensor destination) throws IOException {
        TensorInfo tensor = find(name).info();
        if (tensor.type() != destination.type() || tensor.byteSize() != destination.size() * tensor.type().bytes()) {
            throw new MalformedFileException(source, "expected " + Shown.quote(name) + " to hold what fits in "
                    + destination + " but found " + tensor);
        }
        Tensor row = destination.reshape(1, destination.size());
        long bytes = tensor.type().bytes();
        read(name, (from, numbers) -> row.columns(from / bytes, numbers.byteSize() / bytes).copyFrom(numbers));
    }

    /** Takes the numbers that begin so many bytes behind the tensor's first one, in the machine's byte order. */
    interface Destination {
        void take(long from, MemorySegment numbers) throws IOException;
    }

    void read(String name, Destination destination) throws IOException {
        SafetensorsHeader.Placed tensor = find(name);
        if (tensor.end() == tensor.begin()) {
            return;
        }
        requireSize(dataStart + tensor.end());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stored = channel.map(
                    FileChannel.MapMode.READ_ONLY, dataStart + tensor.begin(), tensor.end() - tensor.begin(), arena);
            if (tensor.type().isAsInMemory()) {
                destination.take(0, stored);
            } else {
                convert(tensor, stored, arena, destination);
            }
            requireSize(dataStart + tensor.end()); // what is gone from a page that is there reads as zeros
        } catch (InternalError e) { // by which the virtual machine says that a page of a mapped file is gone
            throw new MalformedFileException(source, "cannot be read to its end any more (" + e.getMessage()
                    + "); it was cut short or its disk is gone, copy it again");
        }
    }

    private void requireSize(long end) throws IOException {
        long size = channel.size();
        if (size < end) {
            throw new MalformedFileException(source, "ends at byte " + size + "; cut short, copy it again");
        }
    }

    private void convert(
            SafetensorsHeader.Placed tensor, MemorySegment stored, Arena arena, Destination destination)
            throws IOException {
        long size = tensor.info().byteSize();
        MemorySegment chunk = arena.allocate(Math.min(CHUNK, size), Long.BYTES);
        for (long done = 0; done < size; done += chunk.byteSize()) {
            MemorySegment part = chunk.asSlice(0, Math.min(chunk.byteSize(), size - done));
            long first = done / tensor.info().type().bytes();
            try {
                tensor.type().convert(stored.asSlice(first * tensor.type().bytes()), part);
            } catch (ArithmeticException e) {
                throw new MalformedFileException(source, "the tensor " + Shown.quote(tensor.info().name())
                        + " holds an integer that is none of 32 bits; give smaller ones");
            }
            destination.take(done, part);
        }
    }

    /**
     * The SHA-256 of the whole file, as it is now.
     *
     * @return 64 hexadecimal digits
     * @throws IOException if reading fails
     */
    public String sha256() throws IOException {
        return Sha256.of(channelFrom(0));
    }

    /** The SHA-256 of some bytes followed by the data, without the header. */
    String sha256OfDataAfter(byte[] start) throws IOException {
        return Sha256.of(new Sha256().update(ByteBuffer.wrap(start)), channelFrom(dataStart));
    }

    /** The file from some byte on, read without moving the position that all readers share. */
    private ReadableByteChannel channelFrom(long start) {
        return new ReadableByteChannel() {
            private long position = start;

            @Override
            public int read(ByteBuffer bytes) throws IOException {
                int count = channel.read(bytes, position);
                position += Math.max(0, count);
                return count;
            }

            @Override
            public boolean isOpen() {
                return channel.isOpen();
            }

            @Override
            public void close() {
                // the file is closed by its owner
            }
        };
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
        SequencedMap<TensorInfo, Numbers> numbers = new LinkedHashMap<>();
        tensors.forEach((info, memory) -> numbers.put(info, Numbers.of(memory)));
        writeNumbers(channel, metadata, numbers);
    }

    /**
     * Replaces a file as a whole, or makes it; whenever the machine stops it is what it was before, or complete.
     *
     * @param file to be replaced
     * @param metadata strings to attach, possibly none
     * @param tensors what to write, as {@link #write(WritableByteChannel, Map, SequencedMap)} takes it
     * @throws IllegalArgumentException as there; the file is left alone
     * @throws IOException if writing fails, likewise
     */
    public static void write(Path file, Map<String, String> metadata, SequencedMap<TensorInfo, MemorySegment> tensors)
            throws IOException {
        AtomicFile.replace(file, channel -> write(channel, metadata, tensors));
    }

    /**
     * Replaces a file as a whole, or makes it, as {@link #write(Path, Map, SequencedMap)} does.
     *
     * @param file to be replaced
     * @param metadata strings to attach, possibly none
     * @param tensors what to write, and tensors of those types with as many numbers, whose rows lie one behind the other
     * @throws IllegalArgumentException if a tensor has another type or more or fewer numbers, two tensors have one name, or
     *     the header grows past {@link #MAX_HEADER}; the file is left alone
     * @throws IOException if writing fails, likewise
     */
    public static void writeTensors(Path file, Map<String, String> metadata, SequencedMap<TensorInfo, Tensor> tensors)
            throws IOException {
        writeTensors(file, metadata, tensors, Set.of());
    }

    /**
     * Replaces a file as a whole, or makes it, with some tensors as BF16, in half the size.
     *
     * @param file to be replaced
     * @param metadata strings to attach, possibly none
     * @param tensors what to write, and tensors of those types with as many numbers, whose rows lie one behind the other
     * @param bfloat16 the names of tensors of F32 that are {@linkplain dev.unroll.kernels.Bfloat16#round rounded} to BF16
     * @throws IllegalArgumentException as {@link #writeTensors(Path, Map, SequencedMap)}, or if a tensor to be rounded is
     *     not of F32; the file is left alone
     * @throws IOException if writing fails, likewise
     */
    public static void writeTensors(
            Path file, Map<String, String> metadata, SequencedMap<TensorInfo, Tensor> tensors, Set<String> bfloat16)
            throws IOException {
        SequencedMap<TensorInfo, Numbers> numbers = numbers(tensors, bfloat16);
        AtomicFile.replace(file, channel -> writeNumbers(channel, metadata, numbers));
    }

    static SequencedMap<TensorInfo, Numbers> numbers(
            SequencedMap<TensorInfo, Tensor> tensors, Set<String> bfloat16) {
        SequencedMap<TensorInfo, Numbers> numbers = new LinkedHashMap<>();
        tensors.forEach((info, tensor) -> {
            if (tensor.type() != info.type()) {
                throw new IllegalArgumentException(info + " is to be written, but its tensor is of type "
                        + tensor.type() + "; give one of the same type");
            }
            numbers.put(info, bfloat16.contains(info.name()) ? Numbers.bfloat16(tensor) : Numbers.of(tensor));
        });
        return numbers;
    }

    static void writeNumbers(
            WritableByteChannel channel, Map<String, String> metadata, SequencedMap<TensorInfo, Numbers> tensors)
            throws IOException {
        byte[] json = header(metadata, tensors);
        ByteBuffer start = ByteBuffer.allocate(Long.BYTES + json.length).order(ByteOrder.LITTLE_ENDIAN);
        AtomicFile.writeFully(channel, start.putLong(json.length).put(json).flip());
        writeData(tensors, part -> AtomicFile.writeFully(channel, part));
    }

    /** The header of a file, checked as writing checks it. */
    static byte[] header(Map<String, String> metadata, SequencedMap<TensorInfo, Numbers> tensors) {
        for (Map.Entry<TensorInfo, Numbers> tensor : tensors.entrySet()) {
            TensorInfo info = tensor.getKey();
            long expected = tensor.getValue().storedType(info).bytesOf(info.elements());
            if (tensor.getValue().byteSize() != expected) {
                throw new IllegalArgumentException(info + " takes " + expected
                        + " bytes, but its memory has " + tensor.getValue().byteSize()
                        + "; give memory of exactly that size");
            }
        }
        return SafetensorsHeader.write(metadata, storedTypes(tensors));
    }

    private static SequencedMap<TensorInfo, StoredType> storedTypes(SequencedMap<TensorInfo, Numbers> tensors) {
        SequencedMap<TensorInfo, StoredType> types = new LinkedHashMap<>();
        tensors.forEach((info, numbers) -> types.put(info, numbers.storedType(info)));
        return types;
    }

    /** Gives all numbers as they lie in a file, piece by piece. */
    static void writeData(SequencedMap<TensorInfo, Numbers> tensors, Receiver receiver) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment chunk = arena.allocate(CHUNK, Long.BYTES);
            for (TensorInfo tensor : SafetensorsHeader.inFileOrder(storedTypes(tensors))) {
                Numbers numbers = tensors.get(tensor);
                for (long done = 0; done < numbers.byteSize(); done += chunk.byteSize()) {
                    MemorySegment part = chunk.asSlice(0, Math.min(chunk.byteSize(), numbers.byteSize() - done));
                    numbers.copy(done, part);
                    turn(part, numbers.storedType(tensor));
                    receiver.accept(part.asByteBuffer());
                }
            }
        }
    }

    /** Takes bytes of a file. */
    interface Receiver {
        void accept(ByteBuffer bytes) throws IOException;
    }

    /** Between the machine's byte order and the file's: nothing on most machines. Numbers are never computed with. */
    private static void turn(MemorySegment numbers, StoredType type) {
        if (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
            return;
        }
        ValueLayout machine = switch (type.bytes()) {
            case Long.BYTES -> ValueLayout.JAVA_LONG_UNALIGNED;
            case Short.BYTES -> ValueLayout.JAVA_SHORT_UNALIGNED;
            default -> ValueLayout.JAVA_INT_UNALIGNED;
        };
        ValueLayout file = machine.withOrder(ByteOrder.LITTLE_ENDIAN);
        MemorySegment.copy(numbers, machine, 0, numbers, file, 0, numbers.byteSize() / machine.byteSize());
    }

    private SafetensorsHeader.Placed find(String name) throws MalformedFileException {
        SafetensorsHeader.Placed tensor = header.tensors().get(name);
        String skipped = header.skipped().get(name);
        if (skipped != null) {
            throw new MalformedFileException(source, "the tensor " + Shown.quote(name) + " is of type " + skipped
                    + ", which is not read; convert it to F32, F64 or I32");
        }
        if (tensor == null) {
            throw new MalformedFileException(source, "there is no tensor " + Shown.quote(name) + " in it; there are "
                    + Shown.brief(header.tensors().keySet().toString()));
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
}
