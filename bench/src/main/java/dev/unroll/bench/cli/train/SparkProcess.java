package dev.unroll.bench.cli.train;

import dev.unroll.bench.vm.MavenRun;
import dev.unroll.bench.vm.ThisVm;
import dev.unroll.rnn.io.Shown;
import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The driver of a training on Spark: a Java virtual machine of its own, which has Spark on its class path. */
public final class SparkProcess {
    /** The first Java on which Spark 4.2 runs that also has the Vector API of these kernels. */
    private static final Runtime.Version OLDEST = Runtime.Version.parse("25.0.3");

    private static final String MAIN = "dev.unroll.bench.spark.SparkTrain";

    /** Those whose executors need no more of Spark than its core. */
    private static final Pattern MASTER = Pattern.compile("local(-cluster)?(\\[[^]]*])?|spark://.+");

    private static final Pattern OPENED = Pattern.compile("--add-opens=([^/]+)/([^=]+)=.*");

    private SparkProcess() {}

    /**
     * Refuses a Java on which Spark and the kernels do not both run.
     *
     * @param version of the Java
     * @param place that runs it, for the message
     * @throws IllegalStateException if it is too old
     */
    public static void requireJava(Runtime.Version version, String place) {
        if (version.compareToIgnoreOptional(OLDEST) < 0) {
            throw new IllegalStateException(
                    "Spark needs Java " + OLDEST + " or later, and " + place + " runs on " + version
                            + "; install a later one, and name it with UNROLL_JAVA_HOME or, for executors, JAVA_HOME");
        }
    }

    /** Runs a training to its end, and returns its exit code. */
    static int run(SharingOptions options, List<String> arguments) throws IOException, InterruptedException {
        requireJava(Runtime.version(), "this command");
        if (!MASTER.matcher(options.master).matches()) {
            throw new IllegalStateException("--spark " + Shown.brief(options.master)
                    + " is not local[N], local-cluster[N,CORES,"
                    + "MEGABYTES] or spark://HOST:PORT; for others start bench/spark/target/unroll-spark.jar by spark-submit");
        }
        Path root = Path.of(System.getProperty(MavenRun.ROOT, ""));
        if (options.fetch) {
            MavenRun.requireSources(root.resolve("bench/spark/pom.xml"));
            new MavenRun(root.resolve("pom.xml"))
                    .run("Spark", "-Pspark", "-pl", "bench/spark", "-am", "process-classes");
        }
        Path home = root.resolve("bench/spark/target").toAbsolutePath();
        Path jars = home.resolve("jars");
        Path program = home.resolve("unroll-spark.jar");
        if (!Files.isDirectory(jars) || !Files.exists(program)) {
            throw new IllegalStateException("Spark is not fetched yet; add --fetch, once");
        }
        List<String> command = new ArrayList<>();
        command.add(ThisVm.java());
        command.addAll(ThisVm.options());
        command.addAll(optionsOfSpark(jars));
        command.addAll(List.of("-cp", program + File.pathSeparator + jars + "/*", MAIN));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        Map<String, String> environment = builder.environment();
        environment.put("SPARK_HOME", home.toString());
        environment.put("SPARK_SCALA_VERSION", "2.13");
        if (options.master.toLowerCase(Locale.ROOT).startsWith("local")) {
            environment.putIfAbsent("SPARK_LOCAL_IP", "127.0.0.1"); // nobody else need reach it
        }
        return awaitEnd(builder.start());
    }

    /** Those that Spark's own scripts start a virtual machine with. */
    private static List<String> optionsOfSpark(Path jars) throws IOException {
        try (URLClassLoader spark = new URLClassLoader(launcher(jars), null)) {
            Object options = spark.loadClass("org.apache.spark.launcher.JavaModuleOptions")
                    .getMethod("defaultModuleOptionArray")
                    .invoke(null);
            return Stream.of((String[]) options).filter(SparkProcess::isKnown).toList();
        } catch (ReflectiveOperationException e) {
            throw new IOException("the Spark in " + jars + " cannot be used (" + e + "); remove that folder and add"
                    + " --fetch", e);
        }
    }

    /** A package that this Java does not have would be a warning. */
    private static boolean isKnown(String option) {
        Matcher opened = OPENED.matcher(option);
        return !opened.matches() || ModuleLayer.boot().findModule(opened.group(1))
                .filter(module -> module.getPackages().contains(opened.group(2)))
                .isPresent();
    }

    private static URL[] launcher(Path jars) throws IOException {
        try (Stream<Path> files = Files.list(jars)) {
            List<Path> launchers = files
                    .filter(file -> file.getFileName().toString().startsWith("spark-launcher"))
                    .toList();
            return urls(launchers);
        }
    }

    private static URL[] urls(List<Path> files) throws MalformedURLException {
        URL[] urls = new URL[files.size()];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = files.get(i).toUri().toURL();
        }
        return urls;
    }

    /** A signal to this process reaches the driver too, which then ends first. */
    private static int awaitEnd(Process driver) throws InterruptedException {
        Thread hook = new Thread(() -> {
            driver.destroy();
            driver.onExit().join();
        }, "end of the driver");
        Runtime.getRuntime().addShutdownHook(hook);
        int code = driver.waitFor();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // this process is ending, and the hook runs
        }
        return code;
    }
}
