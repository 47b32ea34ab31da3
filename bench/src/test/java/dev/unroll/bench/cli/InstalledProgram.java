package dev.unroll.bench.cli;

import java.io.File;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The command line as it is built, for scripts: with libraries that any user may read, other than Maven's. */
public final class InstalledProgram {
    private InstalledProgram() {}

    /** The start of a command line for a shell, up to the arguments of the program. */
    public static String command(String... vmOptions) {
        Path root = Path.of(System.getProperty("unroll.root"));
        String classPath = Stream.of("bench", "gradcheck", "rnn", "kernels")
                .map(module -> root.resolve(module).resolve("target/classes").toString())
                .collect(Collectors.joining(File.pathSeparator))
                + File.pathSeparator + root.resolve("bench/target/lib") + "/*";
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return "exec " + java + " --add-modules jdk.incubator.vector -XX:+UseSerialGC " + String.join(" ", vmOptions)
                + " -cp '" + classPath + "' " + Main.class.getName() + " ";
    }
}
