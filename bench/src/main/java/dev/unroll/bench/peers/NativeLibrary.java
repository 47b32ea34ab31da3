package dev.unroll.bench.peers;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** Functions of a shared library. It stays loaded until the process ends. What Java restricts is in here alone. */
@SuppressWarnings("restricted")
final class NativeLibrary {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final int BIND_NOW = 2;

    private final Path file;
    private final SymbolLookup symbols;

    /**
     * Loads a library and binds all it calls right now: to the libraries that it brought along, whatever others are
     * loaded later. (There are two of OpenMP here.)
     */
    NativeLibrary(Path file) {
        this.file = file;
        open(file);
        this.symbols = SymbolLookup.libraryLookup(file, Arena.global());
    }

    private static void open(Path file) {
        MethodHandle dlopen = LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow("dlopen"), FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment handle = (MemorySegment) dlopen.invokeExact(arena.allocateFrom(file.toString()), BIND_NOW);
            if (handle.address() == 0) {
                throw new IllegalStateException(file + " cannot be loaded");
            }
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Sets a variable of the environment that libraries loaded later read, unless the user has set it. */
    static void environment(String name, String value) {
        MethodHandle setenv = LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow("setenv"),
                FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            int _ = (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 0);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A function that returns something. */
    MethodHandle function(String name, MemoryLayout result, MemoryLayout... parameters) {
        return LINKER.downcallHandle(symbol(name), FunctionDescriptor.of(result, parameters));
    }

    /** A function that returns nothing. */
    MethodHandle procedure(String name, MemoryLayout... parameters) {
        return LINKER.downcallHandle(symbol(name), FunctionDescriptor.ofVoid(parameters));
    }

    private MemorySegment symbol(String name) {
        return symbols.find(name).orElseThrow(() -> new IllegalStateException(file + " has no function " + name));
    }

    /** Memory of the library's own, behind a pointer that it returned. */
    static MemorySegment behind(MemorySegment pointer, long bytes) {
        return pointer.reinterpret(bytes);
    }

    /** Wraps what a call threw although it declares nothing. */
    static IllegalStateException unexpected(Throwable e) {
        return new IllegalStateException("a native call failed: " + e.getMessage(), e);
    }
}
