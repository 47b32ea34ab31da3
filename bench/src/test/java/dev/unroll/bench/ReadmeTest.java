package dev.unroll.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every Java snippet of the documents, and of the Javadoc of entry types, is compiled as it stands there, and run. */
class ReadmeTest {
    /** The documents of libraries, none of which is without a snippet. */
    private static final List<String> OF_LIBRARIES =
            List.of("README.md", "kernels/README.md", "rnn/README.md", "gradcheck/README.md");

    /** Types that programs begin with; each has an example. */
    private static final List<String> ENTRY_TYPES = List.of(
            "kernels/Workspace", "kernels/Gemm", "rnn/model/NetworkBuilder", "rnn/model/LanguageModel",
            "rnn/autograd/Tape", "rnn/data/BatchFirst", "rnn/data/Windows");

    private static final Pattern EXAMPLE = Pattern.compile("<pre>\\{@code\\R(.*?)^ \\* }</pre>", Pattern.DOTALL
            | Pattern.MULTILINE);

    /** Of the packages that the examples in the Javadoc use. */
    private static final String IMPORTS = Stream.of(
            "kernels", "rnn.autograd", "rnn.data", "rnn.model", "rnn.optim", "rnn.text", "rnn.train")
            .map(name -> "import dev.unroll." + name + ".*;\n")
            .collect(Collectors.joining());

    @TempDir
    private Path temp;

    @TestFactory
    Stream<DynamicTest> everyEntryTypeHasAnExampleThatRuns() {
        return ENTRY_TYPES.stream().map(type -> DynamicTest.dynamicTest(type, () -> run(IMPORTS + example(type))));
    }

    private static String example(String type) throws IOException {
        String module = type.substring(0, type.indexOf('/'));
        String source = Files.readString(
                Document.ROOT.resolve(module).resolve("src/main/java/dev/unroll").resolve(type + ".java"));
        List<String> examples = Document.all(EXAMPLE, source);
        assertFalse(examples.isEmpty(), type + " has no example");
        return examples.getFirst().replaceAll("(?m)^ \\* ?", "");
    }

    @TestFactory
    Stream<DynamicTest> everySnippetCompilesAndRuns() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Document document : Document.all()) {
            List<String> snippets = document.snippets();
            assertTrue(
                    !snippets.isEmpty() || !OF_LIBRARIES.contains(document.name()),
                    document.name() + " has no snippet");
            for (String snippet : snippets) {
                tests.add(DynamicTest.dynamicTest(document.name() + ": " + title(snippet), () -> run(snippet)));
            }
        }
        return tests.stream();
    }

    private static String title(String snippet) {
        return snippet.lines().filter(line -> !line.startsWith("import") && !line.isBlank()).findFirst().orElseThrow();
    }

    private void run(String snippet) throws Exception {
        String imports = lines(snippet, true);
        String source = imports + "public class Snippet { public static void main(String[] args) throws Exception {\n"
                + lines(snippet, false).replace("Path.of(\"", "Path.of(\"" + temp + "/") + "}}\n"; // not into the sources
        Path classes = Files.createTempDirectory(temp, "classes");
        compile(source, classes);
        try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            loader.loadClass("Snippet").getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        } catch (InvocationTargetException e) {
            throw new AssertionError("the snippet failed:\n" + snippet, e.getCause());
        }
    }

    private static String lines(String snippet, boolean imports) {
        return snippet.lines()
                .filter(line -> line.startsWith("import ") == imports)
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static void compile(String source, Path classes) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        SimpleJavaFileObject file = new SimpleJavaFileObject(
                URI.create("string:///Snippet.java"), SimpleJavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        StringBuilder messages = new StringBuilder();
        boolean done = compiler.getTask(
                null, null, diagnostic -> messages.append(diagnostic).append('\n'),
                List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path")), null, List.of(file))
                .call();
        assertTrue(done, () -> messages + "\nin:\n" + source);
        assertEquals("", messages.toString(), "the snippet compiles without a warning");
    }
}
