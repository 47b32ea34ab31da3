package dev.unroll.bench.peers;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/** OpenBLAS: products. */
final class OpenBlas implements Peer {
    private static final int CONFIGURATION_BYTES = 1000;

    private final NativeLibrary library;
    private final Cblas cblas;
    private final MethodHandle setThreads;

    OpenBlas(Path folder) {
        library = new NativeLibrary(folder.resolve("libopenblas.so.0"));
        cblas = new Cblas(library);
        setThreads = library.procedure("openblas_set_num_threads", JAVA_INT);
    }

    @Override
    public String name() {
        return "OpenBLAS";
    }

    @Override
    public String version() {
        try {
            MemorySegment text = (MemorySegment) library.function("openblas_get_config", ADDRESS).invokeExact();
            return NativeLibrary.behind(text, CONFIGURATION_BYTES).getString(0).strip();
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
    }

    @Override
    public Optional<Contestant> enter(Work work, Inputs inputs, int threads) {
        if (!(work instanceof Work.Product product)) {
            return Optional.empty();
        }
        try {
            setThreads.invokeExact(threads);
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
        return Optional.of(cblas.product(product, inputs));
    }
}
