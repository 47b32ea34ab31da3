package dev.unroll.bench.peers;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.unroll.kernels.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/**
 * oneDNN: its matrix product as a primitive, which is made once for one shape and then run. Where the right operand may
 * be packed, the primitive chooses the order of its elements.
 */
final class OneDnn implements Peer {
    // Values of the enumerations in dnnl_types.h
    private static final int CPU = 1;
    private static final int IN_ORDER = 1;
    private static final int F32 = 3;
    private static final int ANY_FORMAT = 1;
    private static final int QUERY_WEIGHTS = 131;
    private static final int ARG_SOURCE = 1;
    private static final int ARG_DESTINATION = 17;
    private static final int ARG_WEIGHTS = 33;

    private static final int MAX_DIMENSIONS = 12;
    private static final int ARGUMENT_BYTES = 16; // an int, a gap, a pointer

    private final NativeLibrary library;
    private final MethodHandle setThreads;
    private final MethodHandle execute;
    private final MethodHandle await;
    private final MemorySegment engine;
    private final MemorySegment stream;

    OneDnn(Path folder) {
        library = new NativeLibrary(folder.resolve("libdnnl.so.3"));
        setThreads = new NativeLibrary(folder.resolve("libgomp.so.1")).procedure("omp_set_num_threads", JAVA_INT);
        execute = library.function("dnnl_primitive_execute", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
        await = library.function("dnnl_stream_wait", JAVA_INT, ADDRESS);
        engine = create("dnnl_engine_create", CPU, 0L);
        stream = create("dnnl_stream_create", engine, IN_ORDER);
    }

    @Override
    public String name() {
        return "oneDNN";
    }

    @Override
    public String version() {
        try {
            MemorySegment version = (MemorySegment) library.function("dnnl_version", ADDRESS).invokeExact();
            MemorySegment numbers = NativeLibrary.behind(version, 3 * Integer.BYTES);
            return numbers.getAtIndex(JAVA_INT, 0) + "." + numbers.getAtIndex(JAVA_INT, 1) + "."
                    + numbers.getAtIndex(JAVA_INT, 2);
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
    }

    @Override
    public Optional<Contestant> enter(Work work, Inputs inputs, int threads) {
        if (!(work instanceof Work.Product product) || product.type() != ElementType.F32) {
            return Optional.empty();
        }
        try {
            setThreads.invokeExact(threads);
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
        return Optional.of(product(product, inputs));
    }

    private Contestant product(Work.Product work, Inputs in) {
        MemorySegment source = byRows(work.m(), work.k());
        MemorySegment plainWeights = byRows(work.k(), work.n());
        MemorySegment destination = byRows(work.m(), work.n());
        MemorySegment nothing = MemorySegment.NULL;
        MemorySegment description = create(
                "dnnl_matmul_primitive_desc_create", engine, source,
                work.isPacked() ? anyOrder(work.k(), work.n()) : plainWeights, nothing, destination, nothing);
        MemorySegment primitive = create("dnnl_primitive_create", description);
        Inputs.Memory c = in.allocate(work.type(), work.m(), work.n());
        MemorySegment b = memory(plainWeights, in.b().segment());
        MemorySegment arguments = arguments(
                in, ARG_SOURCE, memory(source, in.a().segment()), ARG_WEIGHTS,
                work.isPacked() ? packed(in, description, plainWeights, b) : b, ARG_DESTINATION,
                memory(destination, c.segment()));
        return Contestant.of(() -> run(primitive, 3, arguments), c.tensor());
    }

    /** The right operand in the order that the primitive has chosen. */
    private MemorySegment packed(
            Inputs in, MemorySegment description, MemorySegment plainWeights, MemorySegment b) {
        MemorySegment chosen;
        long size;
        try {
            chosen = (MemorySegment) library
                    .function("dnnl_primitive_desc_query_md", ADDRESS, ADDRESS, JAVA_INT, JAVA_INT)
                    .invokeExact(description, QUERY_WEIGHTS, 0);
            size = (long) library.function("dnnl_memory_desc_get_size", JAVA_LONG, ADDRESS).invokeExact(chosen);
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
        MemorySegment packed = memory(chosen, in.allocate(size));
        MemorySegment reorder = create(
                "dnnl_reorder_primitive_desc_create", plainWeights, engine, chosen, engine, MemorySegment.NULL);
        run(create("dnnl_primitive_create", reorder), 2, arguments(in, ARG_SOURCE, b, ARG_DESTINATION, packed));
        return packed;
    }

    private void run(MemorySegment primitive, int count, MemorySegment arguments) {
        try {
            check("dnnl_primitive_execute", (int) execute.invokeExact(primitive, stream, count, arguments));
            check("dnnl_stream_wait", (int) await.invokeExact(stream));
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
    }

    private MemorySegment byRows(long rows, long columns) {
        try (Arena arena = Arena.ofConfined()) {
            return create(
                    "dnnl_memory_desc_create_with_strides", 2, dimensions(arena, rows, columns), F32,
                    dimensions(arena, columns, 1));
        }
    }

    private MemorySegment anyOrder(long rows, long columns) {
        try (Arena arena = Arena.ofConfined()) {
            return create(
                    "dnnl_memory_desc_create_with_tag", 2, dimensions(arena, rows, columns), F32, ANY_FORMAT);
        }
    }

    private static MemorySegment dimensions(Arena arena, long first, long second) {
        MemorySegment dimensions = arena.allocate(JAVA_LONG, MAX_DIMENSIONS);
        dimensions.setAtIndex(JAVA_LONG, 0, first);
        dimensions.setAtIndex(JAVA_LONG, 1, second);
        return dimensions;
    }

    private MemorySegment memory(MemorySegment description, MemorySegment data) {
        return create("dnnl_memory_create", description, engine, data);
    }

    /** Pairs of an argument's number and its memory. */
    private static MemorySegment arguments(Inputs in, Object... pairs) {
        MemorySegment arguments = in.allocate(pairs.length / 2 * (long) ARGUMENT_BYTES);
        for (int i = 0; i < pairs.length; i += 2) {
            long at = i / 2 * (long) ARGUMENT_BYTES;
            arguments.set(JAVA_INT, at, (int) pairs[i]);
            arguments.set(ADDRESS, at + ARGUMENT_BYTES / 2, (MemorySegment) pairs[i + 1]);
        }
        return arguments;
    }

    /**
     * Calls a function that makes something, and returns it. It lives until the process ends: some hundred bytes.
     */
    private MemorySegment create(String name, Object... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(ADDRESS);
            MemoryLayout[] layouts = new MemoryLayout[arguments.length + 1];
            Object[] all = new Object[arguments.length + 1];
            layouts[0] = ADDRESS;
            all[0] = result;
            for (int i = 0; i < arguments.length; i++) {
                layouts[i + 1] = layout(arguments[i]);
                all[i + 1] = arguments[i];
            }
            check(name, (int) library.function(name, JAVA_INT, layouts).invokeWithArguments(all));
            return result.get(ADDRESS, 0);
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
    }

    private static ValueLayout layout(Object argument) {
        return switch (argument) {
            case Integer _ -> JAVA_INT;
            case Long _ -> JAVA_LONG;
            default -> ADDRESS;
        };
    }

    private static void check(String function, int status) {
        if (status != 0) {
            throw new IllegalStateException("oneDNN: " + function + " returned " + status);
        }
    }
}
