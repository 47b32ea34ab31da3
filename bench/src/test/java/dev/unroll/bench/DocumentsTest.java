package dev.unroll.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documents are complete and short where they must be, their links lead somewhere, and they name the version. */
class DocumentsTest {
    private static final int MOST_BYTES_OF_README = 7 * 1024;

    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);
    private static final Pattern BLOCK = Pattern.compile("^```.*?^```", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern VERSION = Pattern.compile("<version>([^<]+)</version>");

    private static Document document(String name, String text) {
        return new Document(name, text);
    }

    /** The anchors of a document's headings, as GitHub makes them. */
    private static Set<String> anchors(String text) {
        return Document.all(HEADING, BLOCK.matcher(text).replaceAll("")).stream()
                .map(heading -> heading.strip().toLowerCase(Locale.ROOT).replaceAll("[^\\w\\- ]", "").replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    /** The relative links that lead nowhere: to no file, or to no heading of it. */
    private static List<String> broken(Document document) throws IOException {
        List<String> broken = new ArrayList<>();
        Path folder = Document.ROOT.resolve(document.name()).resolveSibling("");
        for (String link : Document.all(LINK, document.prose())) {
            if (link.matches("[a-z]+:.*")) {
                continue;
            }
            String[] parts = link.split("#", 2);
            Path target = folder.resolve(parts[0]);
            boolean isHere = parts[0].isEmpty();
            boolean leadsOn = isHere || Files.exists(target);
            if (leadsOn && parts.length == 2) {
                leadsOn = anchors(isHere ? document.text() : Files.readString(target)).contains(parts[1]);
            }
            if (!leadsOn) {
                broken.add(document.name() + ": " + link);
            }
        }
        return broken;
    }

    @Test
    void everyReadmeOfAModuleIsInTheList() throws IOException {
        Set<String> there = new TreeSet<>();
        try (Stream<Path> folders = Files.list(Document.ROOT)) {
            folders.filter(folder -> Files.exists(folder.resolve("README.md")))
                    .forEach(folder -> there.add(folder.getFileName() + "/README.md"));
        }
        assertNotEquals(Set.of(), there);
        there.removeAll(Document.NAMES);
        assertEquals(Set.of(), there, "not in Document.NAMES");
    }

    @Test
    void theReadmeIsShort() throws IOException {
        int bytes = Document.read("README.md").text().getBytes(StandardCharsets.UTF_8).length;
        assertTrue(bytes <= MOST_BYTES_OF_README, () -> bytes + " bytes of at most " + MOST_BYTES_OF_README
                + "; move what is not for a first look to the README of its module");
    }

    @Test
    void everyRelativeLinkLeadsSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Document document : Document.all()) {
            assertNotEquals(List.of(), Document.all(LINK, document.prose()), document.name() + " has no link");
            broken.addAll(broken(document));
        }
        assertEquals(List.of(), broken);
    }

    @Test
    void aLinkThatLeadsNowhereIsFound() throws IOException {
        String text = "# A `b`, c\n[a](missing.md) [b](#nowhere) [c](rnn/README.md#no-such-heading) `[d](code.md)`\n"
                + "```\n# no heading\n[e](block.md)\n```\n[f](#no-heading)\n"
                + "[g](#a-b-c) [h](rnn) [i](https://example.org/x) [j](rnn/README.md#every-network)";
        assertEquals(
                List.of("x.md: missing.md", "x.md: #nowhere", "x.md: rnn/README.md#no-such-heading",
                        "x.md: #no-heading"),
                broken(document("x.md", text)));
    }

    @Test
    void versionsAreThatOfTheBuild() throws IOException {
        String version = Document.all(VERSION, Files.readString(Document.ROOT.resolve("pom.xml"))).getFirst();
        Path bom = Document.ROOT.resolve("kernels/bom/pom.xml"); // which has no parent to get it from
        assertEquals(version, Document.all(VERSION, Files.readString(bom)).getFirst());
        List<String> named = new ArrayList<>();
        for (Document document : Document.all()) {
            named.addAll(Document.all(VERSION, document.text()));
        }
        assertNotEquals(List.of(), named);
        assertEquals(Set.of(version), Set.copyOf(named));
        assertTrue(Document.read("README.md").prose().contains("Version " + version + ":"), "the status names it");
    }

    /** Enums are constants, and exceptions go from thread to thread as they are thrown. */
    @Test
    void everyPublicTypeOfRnnSaysWhatThreadsMayDo() throws IOException {
        Path sources = Document.ROOT.resolve("rnn/src/main/java");
        String module = Files.readString(sources.resolve("module-info.java"));
        Pattern type = Pattern.compile(
                "^(/\\*\\*(?:(?!\\*/).)*\\*/)\\s(?:@[^\n]*\\s)*public [\\w\\- ]*(?:class|interface|record) (\\w+)",
                Pattern.DOTALL | Pattern.MULTILINE);
        Pattern isPublic = Pattern.compile("^public [\\w\\- ]*(class|interface|record) ", Pattern.MULTILINE);
        List<String> silent = new ArrayList<>();
        for (String exported : Document.all(Pattern.compile("exports ([\\w.]+);"), module)) {
            try (Stream<Path> files = Files.list(sources.resolve(exported.replace('.', '/')))) {
                for (Path file : files.toList()) {
                    String text = Files.readString(file);
                    Matcher found = type.matcher(text);
                    if (!found.find()) {
                        assertFalse(isPublic.matcher(text).find(),
                                () -> "a public type without documentation: " + file);
                    } else if (!found.group(2).endsWith("Exception")
                            && !found.group(1).matches("(?s).*(thread|Immutable).*")) {
                        silent.add(file.getFileName().toString());
                    }
                }
            }
        }
        assertEquals(List.of(), silent);
    }
}
