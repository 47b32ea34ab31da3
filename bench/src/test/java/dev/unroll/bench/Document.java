package dev.unroll.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A document that people read first: part of what it says is tested.
 *
 * @param name path from the root of the repository
 * @param text all of it
 */
record Document(String name, String text) {
    /** The root of the repository; tests run in the folder of their module. */
    static final Path ROOT = Path.of("..");

    /** All documents; a test fails if one of them is missing. */
    static final List<String> NAMES = List.of(
            "README.md", "kernels/README.md", "rnn/README.md", "gradcheck/README.md", "bench/README.md",
            ".github/CONTRIBUTING.md");

    private static final Pattern SNIPPET = Pattern.compile("^```java\\R(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern CODE =
            Pattern.compile("^```.*?^```|(`+)[^`].*?\\1", Pattern.DOTALL | Pattern.MULTILINE);

    static Document read(String name) throws IOException {
        return new Document(name, Files.readString(ROOT.resolve(name)));
    }

    static List<Document> all() throws IOException {
        List<Document> documents = new ArrayList<>();
        for (String name : NAMES) {
            documents.add(read(name));
        }
        return documents;
    }

    /** What the first group of a pattern matches, wherever the pattern does. */
    static List<String> all(Pattern pattern, String text) {
        return pattern.matcher(text).results().map((MatchResult match) -> match.group(1)).toList();
    }

    /** The blocks of Java. */
    List<String> snippets() {
        return all(SNIPPET, text);
    }

    /** The text without blocks and spans of code. */
    String prose() {
        return CODE.matcher(text).replaceAll("");
    }
}
