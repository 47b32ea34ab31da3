package dev.unroll.rnn.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.unroll.kernels.ElementType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class SafetensorsRoundTripTest {
    @Provide
    Arbitrary<List<TensorInfo>> tensors() {
        Arbitrary<String> names = Arbitraries.strings()
                .withChars("aZ09._/ \"\\\n\té€😀\u0000\u2028")
                .ofMaxLength(12)
                .filter(Json::isUnicode);
        Arbitrary<long[]> shapes =
                Arbitraries.longs().between(0, 5).array(long[].class).ofMaxSize(4);
        return Combinators.combine(names, Arbitraries.of(ElementType.class), shapes)
                .as(TensorInfo::new)
                .list()
                .uniqueElements(TensorInfo::name)
                .ofMaxSize(6);
    }

    @Provide
    Arbitrary<Map<String, String>> metadata() {
        Arbitrary<String> strings = Arbitraries.strings().withChars("ab\"\\\u0001é").ofMaxLength(5);
        return Arbitraries.maps(strings, strings).ofMaxSize(3);
    }

    @Property(tries = 300)
    void whatIsWrittenIsReadBackBitForBit(
            @ForAll("tensors") List<TensorInfo> infos,
            @ForAll("metadata") Map<String, String> metadata,
            @ForAll long seed)
            throws IOException {
        Path file = Files.createTempFile("unroll", ".safetensors");
        try (Arena arena = Arena.ofConfined()) {
            SequencedMap<TensorInfo, MemorySegment> tensors = filled(arena, infos, new Random(seed));
            byte[] bytes = write(metadata, tensors);
            Files.write(file, bytes);
            try (Safetensors in = Safetensors.open(file)) {
                assertEquals(metadata, in.metadata());
                assertEquals(new HashSet<>(infos), new HashSet<>(in.tensors()));
                in.require(infos);
                for (TensorInfo info : infos) {
                    MemorySegment found = arena.allocate(info.byteSize());
                    in.read(info.name(), found);
                    assertEquals(-1, found.mismatch(tensors.get(info)), info::toString);
                }
            }
        } finally {
            Files.delete(file);
        }
    }

    @Property(tries = 100)
    void theHeaderIsPaddedAndEveryTensorIsAlignedToItsElements(@ForAll("tensors") List<TensorInfo> infos)
            throws IOException {
        SequencedMap<TensorInfo, StoredType> types = new LinkedHashMap<>();
        infos.forEach(info -> types.put(info, StoredType.of(info.type())));
        byte[] header = SafetensorsHeader.write(Map.of(), types);
        assertEquals(0, header.length % 8);
        long size = infos.stream().mapToLong(TensorInfo::byteSize).sum();
        for (SafetensorsHeader.Placed tensor : SafetensorsHeader.read("x", header, size).tensors().values()) {
            assertEquals(0, tensor.begin() % tensor.info().type().bytes());
        }
    }

    @Example
    void tensorsOfSeveralChunksPassOnAndOffTheHeap() throws IOException {
        Path file = Files.createTempFile("unroll", ".safetensors");
        try (Arena arena = Arena.ofShared()) {
            int count = (1 << 20) / 4 * 2 + 3;
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = Float.intBitsToFloat(i * 0x9E3779B9);
            }
            TensorInfo heap = new TensorInfo("heap", ElementType.F32, count);
            TensorInfo odd = new TensorInfo("odd", ElementType.F32, count);
            SequencedMap<TensorInfo, MemorySegment> tensors = new LinkedHashMap<>();
            tensors.put(heap, MemorySegment.ofArray(values));
            // Off the alignment of its elements by one byte.
            MemorySegment shifted = arena.allocate(4L * count + 1, 8).asSlice(1);
            tensors.put(odd, shifted.copyFrom(MemorySegment.ofArray(values)));
            Files.write(file, write(Map.of(), tensors));
            try (Safetensors in = Safetensors.open(file)) {
                MemorySegment native1 = arena.allocate(4L * count);
                in.read("heap", native1);
                assertEquals(-1, native1.mismatch(MemorySegment.ofArray(values)));
                float[] array = new float[count];
                in.read("odd", MemorySegment.ofArray(array));
                assertEquals(-1, MemorySegment.ofArray(array).mismatch(MemorySegment.ofArray(values)));
            }
        } finally {
            Files.delete(file);
        }
    }

    private static SequencedMap<TensorInfo, MemorySegment> filled(Arena arena, List<TensorInfo> infos, Random random) {
        SequencedMap<TensorInfo, MemorySegment> tensors = new LinkedHashMap<>();
        for (TensorInfo info : infos) {
            byte[] bytes = new byte[(int) info.byteSize()];
            random.nextBytes(bytes);
            tensors.put(info, arena.allocate(bytes.length, 8).copyFrom(MemorySegment.ofArray(bytes)));
        }
        return tensors;
    }

    private static byte[] write(Map<String, String> metadata, SequencedMap<TensorInfo, MemorySegment> tensors)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Safetensors.write(Channels.newChannel(bytes), metadata, tensors);
        return bytes.toByteArray();
    }
}
