package dev.unroll.rnn.io;

import dev.unroll.kernels.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** An element type of the safetensors format, with the type that its numbers have in memory. */
enum StoredType {
    F64(64, ElementType.F64),
    F32(32, ElementType.F32),
    I32(32, ElementType.I32),
    F16(16, ElementType.F32),
    BF16(16, ElementType.F32),
    I64(64, ElementType.I32),
    C64(64),
    U64(64),
    U32(32),
    I16(16),
    U16(16),
    BOOL(8),
    I8(8),
    U8(8),
    F8_E4M3(8),
    F8_E5M2(8),
    F8_E8M0(8),
    F6_E2M3(6),
    F6_E3M2(6),
    F4(4);

    private static final ValueLayout.OfShort SHORT = little(ValueLayout.JAVA_SHORT_UNALIGNED);
    private static final ValueLayout.OfInt INT = little(ValueLayout.JAVA_INT_UNALIGNED);
    private static final ValueLayout.OfLong LONG = little(ValueLayout.JAVA_LONG_UNALIGNED);

    private final int bits;
    private final ElementType inMemory;

    StoredType(int bits) {
        this(bits, null);
    }

    StoredType(int bits, ElementType inMemory) {
        this.bits = bits;
        this.inMemory = inMemory;
    }

    /** Returns the type whose numbers are stored as they are in memory. */
    static StoredType of(ElementType type) {
        return valueOf(type.name());
    }

    /** Returns the type of this name, or null. */
    static StoredType named(String name) {
        for (StoredType type : values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        return null;
    }

    boolean isRead() {
        return inMemory != null;
    }

    ElementType inMemory() {
        return inMemory;
    }

    /** The bytes of so many elements in a file; a last byte that is not full counts, and none has more than 2^63 - 1. */
    long bytesOf(long elements) {
        if (elements / Byte.SIZE > Long.MAX_VALUE / bits) {
            return Long.MAX_VALUE;
        }
        return elements / Byte.SIZE * bits + (elements % Byte.SIZE * bits + Byte.SIZE - 1) / Byte.SIZE;
    }

    /** The bytes of one element in a file, for types of whole bytes. */
    int bytes() {
        return bits / Byte.SIZE;
    }

    /** Whether the bytes of a file are those of memory on this machine. */
    boolean isAsInMemory() {
        return bytes() == inMemory.bytes() && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    }

    /**
     * Converts elements as they are stored to elements in memory. F16 and BF16 become the F32 of exactly the same value;
     * of a NaN the bits of its payload stay.
     *
     * @throws ArithmeticException if an integer is none of 32 bits
     */
    void convert(MemorySegment stored, MemorySegment memory) {
        long count = memory.byteSize() / inMemory.bytes();
        for (long i = 0; i < count; i++) {
            switch (this) {
                case F64 -> memory.setAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i, stored.getAtIndex(LONG, i));
                case F32, I32 -> memory.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i, stored.getAtIndex(INT, i));
                case F16 -> memory.setAtIndex(
                        ValueLayout.JAVA_INT_UNALIGNED, i, half(stored.getAtIndex(SHORT, i)));
                case BF16 -> memory.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i, stored.getAtIndex(SHORT, i) << 16);
                case I64 -> memory.setAtIndex(
                        ValueLayout.JAVA_INT_UNALIGNED, i, Math.toIntExact(stored.getAtIndex(LONG, i)));
                default -> throw new AssertionError(this + " is not read");
            }
        }
    }

    /** The bits of the float of the same value: 5 bits of exponent become 8, and 10 of fraction 23. */
    private static int half(short stored) {
        int sign = (stored & 0x8000) << 16;
        int exponent = stored >> 10 & 0x1f;
        int fraction = stored & 0x3ff;
        if (exponent == 0x1f) { // infinite or NaN, which some processors make quiet when they convert it
            return sign | 0x7f80_0000 | fraction << 13;
        }
        return sign | Float.floatToRawIntBits(Float.float16ToFloat((short) (stored & 0x7fff)));
    }

    private static ValueLayout.OfShort little(ValueLayout.OfShort layout) {
        return layout.withOrder(ByteOrder.LITTLE_ENDIAN);
    }

    private static ValueLayout.OfInt little(ValueLayout.OfInt layout) {
        return layout.withOrder(ByteOrder.LITTLE_ENDIAN);
    }

    private static ValueLayout.OfLong little(ValueLayout.OfLong layout) {
        return layout.withOrder(ByteOrder.LITTLE_ENDIAN);
    }
}
