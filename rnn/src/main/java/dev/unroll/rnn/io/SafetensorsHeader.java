package dev.unroll.rnn.io;

import dev.unroll.kernels.ElementType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The JSON header of a safetensors file. What it says has been checked: the tensors lie one after another in the data
 * from its first byte to its last.
 *
 * @param metadata free strings
 * @param tensors those of types that are read, by name, in the order of their data
 * @param skipped the types of the others as the file names them, by name, in the order of their data
 */
record SafetensorsHeader(
        Map<String, String> metadata, Map<String, Placed> tensors, SequencedMap<String, String> skipped) {
    static final String METADATA = "__metadata__";

    private static final String TYPE = "dtype";
    private static final String SHAPE = "shape";
    private static final String OFFSETS = "data_offsets";

    /** The names of types that other programs may use now or later. */
    private static final Pattern TYPE_NAME = Pattern.compile("[A-Z][A-Z0-9_]{0,15}");

    /**
     * A tensor and where its bytes are, counted from the start of the data.
     *
     * @param info name, shape, and the type of the numbers in memory
     * @param type of the numbers in the file
     */
    record Placed(TensorInfo info, StoredType type, long begin, long end) {}

    /** A tensor of any type; that of its place is null if the format, as it is known here, has no such type. */
    private record Found(String name, String dtype, Placed placed) {
        boolean isRead() {
            return placed.type != null && placed.type.isRead();
        }

        @Override
        public String toString() {
            return isRead() ? placed.info.toString() : dtype + " " + Shown.quote(name);
        }
    }

    /** The order of the data: large elements first, so that each tensor is aligned to its own; else as given. */
    static List<TensorInfo> inFileOrder(SequencedMap<TensorInfo, StoredType> tensors) {
        List<TensorInfo> ordered = new ArrayList<>(tensors.sequencedKeySet());
        ordered.sort(Comparator.comparing((TensorInfo info) -> tensors.get(info).bytes())
                .reversed());
        return ordered;
    }

    /**
     * Writes the header of tensors that lie {@linkplain #inFileOrder in their order}.
     *
     * @return UTF-8, padded with spaces to a multiple of 8 as the reference implementation does
     */
    static byte[] write(Map<String, String> metadata, SequencedMap<TensorInfo, StoredType> tensors) {
        Map<String, Object> root = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            root.put(METADATA, new TreeMap<>(Map.copyOf(metadata)));
        }
        long offset = 0;
        for (TensorInfo tensor : inFileOrder(tensors)) {
            StoredType type = tensors.get(tensor);
            long end = offset + type.bytesOf(tensor.elements());
            List<Long> shape = Arrays.stream(tensor.shape()).boxed().toList();
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put(TYPE, type.name());
            fields.put(SHAPE, shape);
            fields.put(OFFSETS, List.of(offset, end));
            if (root.put(tensor.name(), fields) != null) {
                throw new IllegalArgumentException("two tensors are named " + Shown.quote(tensor.name())
                        + "; give each its own name");
            }
            offset = end;
        }
        byte[] json = Json.writeCompact(root).getBytes(StandardCharsets.UTF_8);
        byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        return padded;
    }

    /**
     * Reads and checks a header.
     *
     * @param source the file, for messages
     * @param utf8 the header
     * @param dataSize how many bytes follow the header
     */
    static SafetensorsHeader read(String source, byte[] utf8, long dataSize) throws MalformedFileException {
        if (utf8.length == 0 || utf8[0] != '{') {
            throw new MalformedFileException(source, "the header does not begin with '{'; give a safetensors file");
        }
        JsonObject root = JsonObject.of(source, Json.parse(source, utf8));
        Map<String, String> metadata = new LinkedHashMap<>();
        List<Found> found = new ArrayList<>();
        for (String key : root.keys()) {
            JsonObject fields = root.object(key);
            if (key.equals(METADATA)) {
                for (String name : fields.keys()) {
                    metadata.put(name, fields.string(name));
                }
            } else {
                found.add(tensor(source, key, fields));
            }
        }
        requireInOrder(source, found, dataSize);
        Map<String, Placed> tensors = new LinkedHashMap<>();
        SequencedMap<String, String> skipped = new LinkedHashMap<>();
        for (Found tensor : found) {
            if (tensor.isRead()) {
                tensors.put(tensor.name, tensor.placed);
            } else {
                skipped.put(tensor.name, tensor.dtype);
            }
        }
        return new SafetensorsHeader(metadata, tensors, skipped);
    }

    private static Found tensor(String source, String name, JsonObject fields) throws MalformedFileException {
        fields.requireOnly(TYPE, SHAPE, OFFSETS);
        String dtype = fields.string(TYPE);
        StoredType type = StoredType.named(dtype);
        if (type == null && !TYPE_NAME.matcher(dtype).matches()) {
            throw fields.fault(TYPE, "the name of a type, such as F64, F32, F16, BF16 or I32,");
        }
        TensorInfo info;
        try {
            ElementType inMemory = type != null && type.isRead() ? type.inMemory() : ElementType.F64;
            info = new TensorInfo(name, inMemory, fields.integers(SHAPE));
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(source, e.getMessage());
        }
        long[] offsets = fields.integers(OFFSETS);
        if (offsets.length != 2) {
            throw fields.fault(OFFSETS, "[begin, end]");
        }
        Found tensor = new Found(name, dtype, new Placed(info, type, offsets[0], offsets[1]));
        requireItsBytes(source, tensor);
        return tensor;
    }

    /** Of a type of an unknown size only the order of the offsets can be checked. */
    private static void requireItsBytes(String source, Found tensor) throws MalformedFileException {
        Placed placed = tensor.placed;
        long elements = placed.info.elements();
        long taken = placed.end - placed.begin;
        boolean fits = placed.begin >= 0 && placed.end >= placed.begin;
        if (placed.type == null && !fits) {
            throw new MalformedFileException(source, tensor + " has data_offsets of " + placed.begin + " and "
                    + placed.end + "; damaged, write it again");
        }
        if (placed.type != null && !(fits && taken == placed.type.bytesOf(elements))) {
            throw new MalformedFileException(source, tensor + " takes " + placed.type.bytesOf(elements)
                    + " bytes, but its data_offsets are " + placed.begin + " and " + placed.end
                    + "; damaged, write it again");
        }
    }

    /** Sorts by place and refuses overlaps, holes, and data that is cut short or goes on. */
    private static void requireInOrder(String source, List<Found> found, long dataSize) throws MalformedFileException {
        // The end decides between a tensor without data and the one that begins at the same byte.
        found.sort(Comparator.<Found>comparingLong(tensor -> tensor.placed.begin)
                .thenComparingLong(tensor -> tensor.placed.end));
        long end = 0;
        for (Found tensor : found) {
            if (tensor.placed.begin != end) {
                throw new MalformedFileException(source, tensor + " begins at byte " + tensor.placed.begin
                        + " of the data, but those before it end at " + end + "; damaged, write it again");
            }
            end = tensor.placed.end;
        }
        if (end != dataSize) {
            throw new MalformedFileException(source, "the header describes " + end + " bytes of data but the file has "
                    + dataSize + "; " + (end > dataSize ? "cut short" : "something was appended") + ", copy it again");
        }
    }
}
