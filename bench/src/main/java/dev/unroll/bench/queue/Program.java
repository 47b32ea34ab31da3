package dev.unroll.bench.queue;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A copy of the classes and libraries of this program, which a queue and its runs use: what is built or deleted meanwhile
 * where they come from disturbs nothing.
 */
public final class Program {
    private static final String NAME = "program-";

    /** Tells the classes of a copy, which have a loader of this name, from those that the virtual machine started with. */
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
     * Copies the program and goes on with its copy, in this process: nothing is loaded from where it was started any more.
     *
     * @param folder of the queue
     * @param main class that is started
     * @param args its arguments
     * @throws IOException if it cannot be copied, or a queue works in that folder
     * @throws IllegalStateException if the class returns, instead of ending the process
     */
    public static void becomeCopy(QueueFolder folder, String main, String... args) throws IOException {
        List<URL> copies = new ArrayList<>();
        try (QueueLock _ = Holder.lock(folder)) {
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

    private static Path newFolder(Path folder) throws IOException {
        for (int i = 1;; i++) {
            try {
                return Files.createDirectory(folder.resolve(NAME + i));
            } catch (FileAlreadyExistsException e) {
                // that of a queue before this one
            }
        }
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

    /** Deletes the copies in a folder that are not this one; who has the lock knows that nobody uses them. */
    static void removeOthers(Path folder) throws IOException {
        Path own = entries().getFirst().getParent();
        List<Path> others;
        try (Stream<Path> files = Files.list(folder)) {
            others = files.filter(file -> file.getFileName().toString().startsWith(NAME) && !file.equals(own)).toList();
        }
        for (Path other : others) {
            List<Path> files;
            try (Stream<Path> walk = Files.walk(other)) {
                files = walk.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }
}
