package dev.unroll.bench.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The files of the data, of which every executor gets a copy from the driver: all workers then read the same bytes, wherever
 * they are.
 *
 * @param names under which Spark keeps them, by those that the options give
 */
record SharedFiles(Map<String, String> names) {
    static SharedFiles add(JavaSparkContext spark, Map<String, Path> files) throws IOException {
        Map<String, String> names = new LinkedHashMap<>();
        Set<String> taken = new HashSet<>();
        for (Map.Entry<String, Path> file : files.entrySet()) {
            Path path = file.getValue().toRealPath();
            if (!taken.add(path.getFileName().toString())) { // Spark keeps one file of a name
                Path folder = Files.createTempDirectory("unroll-data");
                folder.toFile().deleteOnExit();
                path = Files.copy(path, folder.resolve(taken.size() + "-" + path.getFileName()));
                path.toFile().deleteOnExit();
                taken.add(path.getFileName().toString());
            }
            spark.addFile(path.toString());
            names.put(file.getKey(), path.getFileName().toString());
        }
        return new SharedFiles(names);
    }
}
