package dev.unroll.bench.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The available peers, and the reasons why others are missing. */
public final class Peers implements AutoCloseable {
    /** Ourselves, as the tables have it. */
    static final String UNROLL = "Unroll";

    /** Unroll with one thread. */
    public static final String ONE_THREAD = "1 thread";

    /** All names, in the order of the tables. */
    public static final List<String> NAMES = List.of(
            "MKL packed", "MKL", "oneDNN", "OpenBLAS", "PyTorch", "ONNX Runtime", "netlib", "EJML", "activations alone",
            ONE_THREAD);

    private static final String NOT_FETCHED = "not fetched yet; bench/unroll peers --fetch gets it from Maven Central";

    private final Collection<String> wanted;
    private final List<Peer> present = new ArrayList<>();
    private final Map<String, String> skipped = new LinkedHashMap<>();

    private Peers(Collection<String> wanted) {
        this.wanted = wanted;
    }

    /**
     * Looks for them.
     *
     * @param wanted some of {@link #NAMES}
     * @param natives the folder of native libraries
     * @param python the interpreter that may have PyTorch
     * @return those that are here
     */
    public static Peers find(Collection<String> wanted, Path natives, String python) {
        Peers peers = new Peers(wanted);
        // MKL after oneDNN: it shows the OpenMP that it loads to all that is loaded later.
        peers.addNative(natives, "dnnl", folder -> List.of(new OneDnn(folder)), "oneDNN");
        peers.addNative(natives, "openblas", folder -> List.of(new OpenBlas(folder)), "OpenBLAS");
        peers.addNative(natives, "mkl", folder -> {
            Mkl mkl = new Mkl(folder);
            return List.of(new MklPacked(mkl), mkl);
        }, "MKL packed", "MKL");
        peers.addTorch("PyTorch", python);
        peers.addOnnxRuntime("ONNX Runtime", natives);
        peers.addNetlib("netlib");
        peers.add(List.of(new Ejml(), new FiveActivations(), new Unroll.OneThread()));
        peers.present.sort(Comparator.comparingInt(peer -> NAMES.indexOf(peer.name())));
        return peers;
    }

    private void add(List<Peer> found) {
        found.stream().filter(peer -> wanted.contains(peer.name())).forEach(present::add);
    }

    private void addNative(Path natives, String library, Function<Path, List<Peer>> load, String... names) {
        List<String> asked = List.of(names).stream().filter(wanted::contains).toList();
        if (asked.isEmpty()) {
            return;
        }
        Path folder = natives.resolve("org/bytedeco").resolve(library).resolve("linux-x86_64");
        String reason = null;
        if (!isSupported()) {
            reason = "its libraries are set up for Linux on x86-64 only";
        } else if (!Files.isDirectory(folder)) {
            reason = NOT_FETCHED;
        } else {
            try {
                add(load.apply(folder.toAbsolutePath()));
            } catch (IllegalArgumentException | IllegalStateException e) {
                reason = "cannot be loaded: " + e.getMessage();
            }
        }
        if (reason != null) {
            skipped.put(String.join(" and ", asked), reason);
        }
    }

    private static boolean isSupported() {
        return System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64");
    }

    private void addTorch(String name, String python) {
        if (wanted.contains(name)) {
            try {
                present.add(new Torch(python));
            } catch (IOException e) {
                skipped.put(name, e.getMessage() + "; --python names an interpreter that has it");
            }
        }
    }

    private void addOnnxRuntime(String name, Path natives) {
        Path jar = natives.resolve("onnxruntime.jar");
        if (!wanted.contains(name)) {
            return;
        }
        if (!Files.exists(jar)) {
            skipped.put(name, NOT_FETCHED);
            return;
        }
        try {
            present.add(new OnnxRuntime(jar));
        } catch (IllegalStateException e) {
            skipped.put(name, "cannot be loaded: " + e.getMessage());
        }
    }

    private void addNetlib(String name) {
        try {
            add(List.of(new Netlib()));
        } catch (ReflectiveOperationException e) {
            skipped.put(name, "cannot be loaded: " + e);
        }
    }

    /** Those that are here, in the order of the tables. */
    List<Peer> present() {
        return present;
    }

    /**
     * Which versions are here.
     *
     * @return by name
     */
    public Map<String, String> versions() {
        Map<String, String> versions = new LinkedHashMap<>();
        present.forEach(peer -> versions.put(peer.name(), peer.version()));
        return versions;
    }

    /**
     * Who is not here.
     *
     * @return the reason by name
     */
    public Map<String, String> skipped() {
        return skipped;
    }

    @Override
    public void close() {
        present.forEach(Peer::close);
    }
}
