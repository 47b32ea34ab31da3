package dev.unroll.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.Kernels;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application with the kernels inside, packaged in the ways in which applications are delivered. */
@Tag("full")
class PackagingTest {
    private static final String ADD_MODULE = "--add-modules jdk.incubator.vector";

    @TempDir
    private static Path temp;

    /** The kernels as they were built: a folder or a jar, with the description of their module. */
    private static Path kernels;

    private record Run(List<String> out, List<String> warnings) {}

    @BeforeAll
    static void theApplicationIsCompiled() throws IOException, URISyntaxException {
        kernels = Path.of(Kernels.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Path sources = Files.createDirectories(temp.resolve("sources/app"));
        Files.writeString(sources.resolveSibling("module-info.java"), "module app { requires dev.unroll.kernels; }");
        Files.writeString(sources.resolve("Main.java"), """
                package app;

                import dev.unroll.kernels.*;

                public final class Main {
                    public static void main(String... args) {
                        try (Workspace workspace = new Workspace("app")) {
                            Tensor x = workspace.zeros(ElementType.F32, 1, 3);
                            x.copyFrom(new float[] {1, 2, 3});
                            Tensor y = workspace.zeros(ElementType.F32, 1, 1);
                            Gemm.nt(1, x, x, 0, y, WorkerPool.caller());
                            System.out.println(y.get(0, 0) + " by " + Kernels.describe());
                        }
                    }
                }
                """);
        tool("javac", "--module-path", kernels.toString(), "-d", temp.resolve("app").toString(),
                sources.resolveSibling("module-info.java").toString(), sources.resolve("Main.java").toString());
    }

    private static void tool(String name, String... args) {
        assertEquals(0, ToolProvider.findFirst(name).orElseThrow().run(System.out, System.err, args), name);
    }

    private static Run run(String options, Path java, String... args) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(Stream.concat(Stream.of(java.toString()), Stream.of(args)).toList());
        builder.environment().remove("JDK_JAVA_OPTIONS");
        if (options != null) {
            builder.environment().put("JDK_JAVA_OPTIONS", options);
        }
        Path errors = temp.resolve("errors.txt");
        Process process = builder.redirectError(errors.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, process.waitFor(), () -> out);
        return new Run(out.lines().toList(), Files.readAllLines(errors).stream()
                .filter(line -> line.contains("Unroll"))
                .toList());
    }

    private static Path java(Path home) {
        return home.resolve("bin").resolve("java");
    }

    /** Copies classes into one folder with others, as tools for fat jars do. */
    private static void merge(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (!target.endsWith("module-info.class") && !target.startsWith(to.resolve("META-INF"))) {
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target);
                }
            }
        }
    }

    private static void mergeKernels(Path to) throws IOException {
        if (Files.isDirectory(kernels)) {
            merge(kernels, to);
            return;
        }
        try (FileSystem jar = FileSystems.newFileSystem(kernels)) {
            merge(jar.getPath("/"), to);
        }
    }

    @Test
    void aFatJarComputesScalarWithOneWarningAndWithVectorsByAnEnvironmentVariable() throws Exception {
        Path classes = Files.createDirectories(temp.resolve("fat"));
        merge(temp.resolve("app"), classes);
        mergeKernels(classes);
        Path jar = temp.resolve("fat.jar");
        tool("jar", "--create", "--file", jar.toString(), "--main-class", "app.Main", "-C", classes.toString(), ".");
        Path java = java(Path.of(System.getProperty("java.home")));
        Run bare = run(null, java, "-jar", jar.toString());
        assertEquals(
                List.of("14.0 by scalar (no module jdk.incubator.vector; start Java with " + ADD_MODULE + ")"),
                bare.out);
        assertEquals(
                List.of("WARNING: Unroll runs on slow scalar kernels; start Java with " + ADD_MODULE), bare.warnings);
        Run told = run(ADD_MODULE, java, "-jar", jar.toString());
        assertEquals(List.of(), told.warnings);
        assertEquals(1, told.out.size());
        assertTrue(told.out.getFirst().startsWith("14.0 by ") && !told.out.getFirst().contains("no module"),
                told.out.getFirst());
    }

    @Test
    void anImageOfJlinkNeedsNoOptionAndChoosesAsTheJdkDoes() throws Exception {
        Path image = temp.resolve("image");
        String path = kernels + System.getProperty("path.separator") + temp.resolve("app");
        tool("jlink", "--module-path", path, "--add-modules", "app", "--output", image.toString());
        Run linked = run(null, java(image), "--module", "app/app.Main");
        Run plain = run(null, java(Path.of(System.getProperty("java.home"))), "--module-path", path, "--module",
                "app/app.Main");
        assertEquals(plain.out, linked.out);
        assertEquals(plain.warnings, linked.warnings);
        assertTrue(linked.out.getFirst().startsWith("14.0 by ") && !linked.out.getFirst().contains("no module"),
                linked.out.getFirst());
        Run interpreted = run(null, java(image), "-Xint", "--module", "app/app.Main");
        assertEquals(List.of("14.0 by scalar (with -Xint nothing is compiled; leave it out)"), interpreted.out);
        assertEquals(1, interpreted.warnings.size());
    }
}
