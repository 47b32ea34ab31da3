package dev.unroll.bench.peers;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.unroll.kernels.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/** Intel's library: products, and the functions of its vector mathematics at their highest accuracy. */
final class Mkl implements Peer {
    private static final int VERSION_BYTES = 200;

    private final NativeLibrary library;
    private final Cblas cblas;
    private final MethodHandle setThreads;

    Mkl(Path folder) {
        // Its threads spin for 200 ms after a call, and would take the processor from whoever has the next turn.
        NativeLibrary.environment("KMP_BLOCKTIME", "1");
        // MKL asks for its threads' library by name alone, and is given the one that is loaded.
        new NativeLibrary(folder.resolve("libiomp5.so"));
        library = new NativeLibrary(folder.resolve("libmkl_rt.so.3"));
        cblas = new Cblas(library);
        setThreads = library.procedure("MKL_Set_Num_Threads", JAVA_INT);
        try {
            // Or it would use fewer threads than it is told to.
            library.procedure("MKL_Set_Dynamic", JAVA_INT).invokeExact(0);
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
    }

    @Override
    public String name() {
        return "MKL";
    }

    /** Where other functions are. */
    NativeLibrary library() {
        return library;
    }

    @Override
    public String version() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(VERSION_BYTES);
            library.procedure("MKL_Get_Version_String", ADDRESS, JAVA_INT).invokeExact(text, VERSION_BYTES);
            return text.getString(0).strip();
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
    }

    void useThreads(int threads) {
        try {
            setThreads.invokeExact(threads);
        } catch (Throwable e) {
            throw NativeLibrary.unexpected(e);
        }
    }

    @Override
    public Optional<Contestant> enter(Work work, Inputs inputs, int threads) {
        useThreads(threads);
        return switch (work) {
            case Work.Product product -> Optional.of(cblas.product(product, inputs));
            case Work.Nonlinearity f -> vectorFunction(f).map(function -> map(function, f, inputs));
            case Work.LstmPass _,Work.Network _ -> Optional.empty();
        };
    }

    private Optional<MethodHandle> vectorFunction(Work.Nonlinearity work) {
        String prefix = work.type() == ElementType.F32 ? "vs" : "vd";
        return Optional.ofNullable(switch (work.name()) {
            case "exp" -> prefix + "Exp";
            case "log" -> prefix + "Ln";
            case "tanh" -> prefix + "Tanh";
            default -> null;
        }).map(name -> library.procedure(name, JAVA_INT, ADDRESS, ADDRESS));
    }

    private static Contestant map(MethodHandle function, Work.Nonlinearity work, Inputs in) {
        Inputs.Memory y = in.allocate(work.type(), work.size());
        MemorySegment x = in.a().segment();
        return Contestant.of(() -> {
            try {
                function.invokeExact(work.size(), x, y.segment());
            } catch (Throwable e) {
                throw NativeLibrary.unexpected(e);
            }
        }, y.tensor());
    }
}
