package dev.unroll.rnn.io;

import dev.unroll.kernels.ElementType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedCollection;
import java.util.TreeMap;

/**
 * The JSON header of a safetensors file. What it says has been checked: the tensors lie one after another in the data
 * from its first byte to its last.
 *
 * @param metadata free strings
 * @param tensors by name, in the order of their data
 */
record SafetensorsHeader(Map<String, String> metadata, Map<String, Placed> tensors) {
    static final String METADATA = "__metadata__";

    private static final String TYPE = "dtype";
    private static final String SHAPE = "shape";
    private static final String OFFSETS = "data_offsets";

    /** A tensor and where its bytes are, counted from the start of the data. */
    record Placed(TensorInfo info, long begin, long end) {}

    /** The order of the data: large elements first, so that each tensor is aligned to its own; else as given. */
    static List<TensorInfo> inFileOrder(SequencedCollection<TensorInfo> tensors) {
        List<TensorInfo> ordered = new ArrayList<>(tensors);
        ordered.sort(Comparator.comparing((TensorInfo info) -> info.type().bytes()).reversed());
        return ordered;
    }

    /**
     * Writes the header of tensors that lie in the order given.
     *
     * @return UTF-8, padded with spaces to a multiple of 8 as the reference implementation does
     */
    static byte[] write(Map<String, String> metadata, List<TensorInfo> tensors) {
        Map<String, Object> root = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            root.put(METADATA, new TreeMap<>(Map.copyOf(metadata)));
        }
        long offset = 0;
        for (TensorInfo tensor : tensors) {
            long end = offset + tensor.byteSize();
            List<Long> shape = Arrays.stream(tensor.shape()).boxed().toList();
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put(TYPE, tensor.type().name());
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
        List<Placed> placed = new ArrayList<>();
        for (String key : root.keys()) {
            JsonObject fields = root.object(key);
            if (key.equals(METADATA)) {
                for (String name : fields.keys()) {
                    metadata.put(name, fields.string(name));
                }
            } else {
                placed.add(tensor(source, key, fields));
            }
        }
        return new SafetensorsHeader(metadata, inOrder(source, placed, dataSize));
    }

    private static Placed tensor(String source, String name, JsonObject fields) throws MalformedFileException {
        fields.requireOnly(TYPE, SHAPE, OFFSETS);
        TensorInfo info;
        try {
            info = new TensorInfo(name, type(fields), fields.integers(SHAPE));
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(source, e.getMessage());
        }
        long[] offsets = fields.integers(OFFSETS);
        if (offsets.length != 2) {
            throw fields.fault(OFFSETS, "[begin, end]");
        }
        long begin = offsets[0];
        long end = offsets[1];
        if (begin < 0 || end < begin || end - begin != info.byteSize()) {
            throw new MalformedFileException(source, info + " takes " + info.byteSize()
                    + " bytes, but its data_offsets are " + begin + " and " + end + "; damaged, write it again");
        }
        return new Placed(info, begin, end);
    }

    private static ElementType type(JsonObject fields) throws MalformedFileException {
        String name = fields.string(TYPE);
        for (ElementType type : ElementType.values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        throw fields.fault(TYPE, "one of " + Arrays.toString(ElementType.values()) + ", the types that are read,");
    }

    /** Sorts by place and refuses overlaps, holes, and data that is cut short or goes on. */
    private static Map<String, Placed> inOrder(String source, List<Placed> placed, long dataSize)
            throws MalformedFileException {
        // The end decides between a tensor without data and the one that begins at the same byte.
        placed.sort(Comparator.comparingLong(Placed::begin).thenComparingLong(Placed::end));
        Map<String, Placed> tensors = new LinkedHashMap<>();
        long end = 0;
        for (Placed tensor : placed) {
            if (tensor.begin() != end) {
                throw new MalformedFileException(source, tensor.info() + " begins at byte " + tensor.begin()
                        + " of the data, but those before it end at " + end + "; damaged, write it again");
            }
            end = tensor.end();
            tensors.put(tensor.info().name(), tensor);
        }
        if (end != dataSize) {
            throw new MalformedFileException(source, "the header describes " + end + " bytes of data but the file has "
                    + dataSize + "; " + (end > dataSize ? "cut short" : "something was appended") + ", copy it again");
        }
        return tensors;
    }
}
