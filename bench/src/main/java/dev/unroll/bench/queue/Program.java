package dev.unroll.bench.queue;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A copy of the classes and libraries of this program, which a queue and its runs use: what is built or deleted
 * meanwhile where they come from disturbs nothing.
 */
public final class Program {
    private static final String NAME = "program-";

    /**
     * Tells the classes of a copy, which have a loader of this name, from those that the virtual machine started with.
     */
    private static final String LOADER = "copy of the program";

    private Program() {}

    /**
     * Whether this very class is of a copy.
     *
     * @return false in the program as it was started
     */
    public static boolean isCopy() {
        return LOADER.equals(Program.class.getClassLoader().getName());
    }

    /**
     * Copies the program and goes on with its copy, in this process: nothing is loaded from where it was started any
     * more.
     *
     * @param folder of the queue
     * @param main class that is started
     * @param args its arguments
     * @throws IOException if it cannot be copied, or a queue works in that folder
     * @throws IllegalStateException if the class returns, instead of ending the process
     */
    public static void becomeCopy(QueueFolder folder, String main, String... args) throws IOException {
        List<URL> copies = new ArrayList<>();
        try (QueueLock _ = QueueLock.take(folder)) {
            for (Path copy : copy(newFolder(folder.path()))) {
                copies.add(copy.toUri().toURL());
            }
        }
        URLClassLoader loader =
                new URLClassLoader(LOADER, copies.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        Thread.currentThread().setContextClassLoader(loader);
        try {
            loader.loadClass(main).getMethod("main", String[].class).invoke(null, (Object) args);
            throw new IllegalStateException(main + " has returned");
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("the copy of the program failed: " + e.getCause(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IOException("the copy of the program cannot be started: " + e, e);
        }
    }

    /** Named after this process, so that others know whether somebody uses it. */
    private static Path newFolder(Path folder) throws IOException {
        Path own = folder.resolve(NAME + ProcessHandle.current().pid());
        if (Files.exists(own)) {
            delete(own); // that of a process which had the same number before
        }
        return Files.createDirectory(own);
    }

    /** The copies of what is on the class path, in its order. */
    private static List<Path> copy(Path to) throws IOException {
        List<Path> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.isEmpty() && Files.exists(Path.of(entry))) {
                Path original = Path.of(entry).toRealPath();
                Path copy = to.resolve(String.format("%03d-%s", copies.size(), original.getFileName()));
                copyTree(original, copy);
                copies.add(copy);
            }
        }
        return copies;
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    /** The class path of this copy. */
    static String classPath() {
        return entries().stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static List<Path> entries() {
        if (!(Program.class.getClassLoader() instanceof URLClassLoader loader)) {
            throw new IllegalStateException("only a copy of the program has a class path of its own");
        }
        List<Path> entries = new ArrayList<>();
        for (URL url : loader.getURLs()) {
            entries.add(Path.of(URI.create(url.toString())));
        }
        return entries;
    }

    /**
     * Deletes the copies in a folder whose processes have ended. Another start may have made one that does not have the
     * lock yet; it finds its classes, and says that a queue works already.
     */
    static void removeUnused(Path folder) throws IOException {
        List<Path> copies;
        try (Stream<Path> files = Files.list(folder)) {
            copies = files.filter(file -> file.getFileName().toString().startsWith(NAME)).toList();
        }
        for (Path copy : copies) {
            if (!isUsed(copy)) {
                delete(copy);
            }
        }
    }

    private static boolean isUsed(Path copy) {
        try {
            long number = Long.parseLong(copy.getFileName().toString().substring(NAME.length()));
            return ProcessHandle.of(number).filter(ProcessId::isAlive).isPresent();
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
