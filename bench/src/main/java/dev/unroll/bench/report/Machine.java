package dev.unroll.bench.report;

import dev.unroll.kernels.Kernels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** Describes the machine that figures were measured on. */
public final class Machine {
    private Machine() {}

    /**
     * The processor: the name that Linux knows; elsewhere the architecture.
     *
     * @return its name
     */
    public static String processor() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException | UncheckedIOException e) {
            return System.getProperty("os.arch");
        }
    }

    /**
     * The virtual machine.
     *
     * @return its name and version
     */
    public static String java() {
        return System.getProperty("java.vm.name") + " " + Runtime.version();
    }

    /**
     * What belongs beside every figure.
     *
     * @return by name
     */
    public static Map<String, Object> description() {
        Map<String, Object> description = new LinkedHashMap<>();
        description.put("cpu", processor());
        description.put("processors", Runtime.getRuntime().availableProcessors());
        description.put("java", java());
        description.put("simd", Kernels.describe());
        return description;
    }
}
