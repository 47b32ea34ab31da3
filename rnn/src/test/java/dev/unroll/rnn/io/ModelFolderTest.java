package dev.unroll.rnn.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.rnn.io.ModelFolder.FileWriter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {
    private static final Set<String> NAMES = Set.of("a.json", "b.bin", "c.bin");

    @TempDir
    Path parent;

    private Path target;
    private Path old;
    private ModelFolder folder;

    @BeforeEach
    void nameTheFolder() throws IOException {
        target = parent.resolve("model");
        old = parent.resolve(".model.old");
        folder = new ModelFolder(target, NAMES);
    }

    private static Map<String, FileWriter> version(String content) {
        return Map.of("a.json", FileWriter.text(content), "b.bin", FileWriter.text(content));
    }

    /** As a stop would leave it: made by hand, not by the class under test. */
    private static void put(Path folder, String content) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("a.json"), content);
        Files.writeString(folder.resolve("b.bin"), content);
    }

    private void assertReads(String content) throws IOException {
        assertEquals(content, Files.readString(folder.path().resolve("a.json")));
        assertEquals(content, Files.readString(folder.path().resolve("b.bin")));
    }

    private void assertNothingIsLeftBeside() throws IOException {
        try (Stream<Path> entries = Files.list(parent)) {
            assertEquals(Set.of(target), Set.copyOf(entries.toList()));
        }
    }

    @Test
    void aFolderIsMadeAndReplacedWithAllItsFiles() throws IOException {
        folder.write(Map.of("c.bin", FileWriter.text("1"), "a.json", FileWriter.text("1")));
        assertEquals("1", Files.readString(target.resolve("c.bin")));
        folder.write(version("2é"));
        assertReads("2é");
        assertTrue(Files.notExists(target.resolve("c.bin")), "a file of the old model stayed");
        assertNothingIsLeftBeside();
    }

    @Test
    void missingParentsAreMade() throws IOException {
        folder = new ModelFolder(target.resolve("x/y"), NAMES);
        folder.write(version("1"));
        assertReads("1");
        assertTrue(Files.isRegularFile(target.resolve("x/y/a.json")));
    }

    @Test
    void anEmptyFolderIsTakenOver() throws IOException {
        Files.createDirectory(target);
        folder.write(version("1"));
        assertReads("1");
        assertNothingIsLeftBeside();
    }

    @Test
    void aFolderWithForeignFilesIsLeftAlone() throws IOException {
        put(target, "1");
        Files.writeString(target.resolve("notes.txt"), "mine");
        String message = assertThrows(FileAlreadyExistsException.class, () -> folder.write(version("2")))
                .getMessage();
        assertEquals(
                target + ": holds \"notes.txt\", which is no file of a saved model, and is not replaced;"
                        + " choose another folder",
                message);
        assertThrows(FileAlreadyExistsException.class, folder::requireReplaceable);
        Files.delete(target.resolve("notes.txt"));
        folder.requireReplaceable();
        Files.createDirectory(target.resolve("c.bin"));
        assertThrows(FileAlreadyExistsException.class, () -> folder.write(version("2")));
        assertReads("1");
        assertNothingIsLeftBeside();
    }

    @Test
    void aFileInTheWayIsLeftAlone() throws IOException {
        Files.writeString(target, "mine");
        assertTrue(assertThrows(FileAlreadyExistsException.class, () -> folder.write(version("1")))
                .getMessage()
                .contains("a file is where the model's folder should be"));
        assertTrue(assertThrows(FileSystemException.class, folder::path).getMessage().contains("a file, not"));
        assertEquals("mine", Files.readString(target));
    }

    @Test
    void aFileThatIsNotOfAModelIsRefusedBeforeAnythingIsWritten() throws IOException {
        assertThrows(IllegalArgumentException.class, () -> folder.write(Map.of("d", FileWriter.text(""))));
        assertTrue(Files.notExists(target));
        assertThrows(IllegalArgumentException.class, () -> new ModelFolder(Path.of("/"), NAMES));
    }

    @Test
    void aMissingFolderIsNamed() {
        String message = assertThrows(NoSuchFileException.class, folder::path).getMessage();
        assertEquals(target + ": no saved model there; give the folder of one", message);
    }

    @Test
    void aFailureWhileWritingLeavesTheOldModelAndNothingElse() throws IOException {
        folder.write(version("1"));
        IOException full = new IOException("disk full");
        FileWriter half = channel -> {
            FileWriter.text("half").write(channel);
            throw full;
        };
        Map<String, FileWriter> files = Map.of("a.json", FileWriter.text("2"), "b.bin", half, "c.bin", half);
        assertSame(full, assertThrows(IOException.class, () -> folder.write(files)));
        assertReads("1");
        assertNothingIsLeftBeside();
    }

    @Test
    void aSymbolicLinkStaysAndItsFolderIsReplaced() throws IOException {
        Path real = parent.resolve("disk/real");
        put(real, "1");
        Files.createSymbolicLink(target, real);
        folder = new ModelFolder(target, NAMES);
        folder.write(version("2"));
        assertReads("2");
        assertTrue(Files.isSymbolicLink(target));
        assertEquals("2", Files.readString(real.resolve("a.json")));
    }

    @Test
    void afterAStopBetweenTheRenamesTheOldModelIsReadAndThenReplaced() throws IOException {
        put(old, "1");
        put(parent.resolve(".model.new-1"), "2");
        assertReads("1");
        folder.write(version("3"));
        assertReads("3");
        assertNothingIsLeftBeside();
    }

    @Test
    void afterAStopBetweenTheRenamesAFailingWriteStillKeepsTheOldModel() throws IOException {
        put(old, "1");
        assertThrows(IOException.class, () -> folder.write(Map.of("a.json", channel -> {
            throw new IOException("disk full");
        })));
        assertReads("1");
        assertNothingIsLeftBeside();
    }

    @Test
    void anEmptyFolderMadeSinceTheStopDoesNotHideTheOldModel() throws IOException {
        put(old, "1");
        Files.createDirectory(target);
        assertReads("1");
        assertThrows(IOException.class, () -> folder.write(Map.of("a.json", channel -> {
            throw new IOException("disk full");
        })));
        assertReads("1");
        assertNothingIsLeftBeside();
    }

    @Test
    void afterAStopBeforeTheOldModelWasDeletedTheNewOneIsRead() throws IOException {
        put(target, "2");
        put(old, "1");
        assertReads("2");
        folder.write(version("3"));
        assertReads("3");
        assertNothingIsLeftBeside();
    }

    @Test
    void afterAStopInTheMiddleOfDeletingTheOldModelTheNewOneIsRead() throws IOException {
        put(target, "2");
        Files.createDirectory(old);
        Files.writeString(old.resolve("b.bin"), "1");
        assertReads("2");
        folder.write(version("3"));
        assertNothingIsLeftBeside();
    }

    @Test
    void afterAStopInTheMiddleOfWritingTheHalfIsNeitherReadNorKept() throws IOException {
        Path half = Files.createDirectory(parent.resolve(".model.new-1"));
        Files.writeString(half.resolve("a.json"), "ha");
        assertThrows(NoSuchFileException.class, folder::path);
        folder.write(version("1"));
        assertReads("1");
        assertNothingIsLeftBeside();
    }

    @Test
    void whatIsNotOursIsNotDeletedEvenUnderOurNames() throws IOException {
        put(target, "1");
        Files.createDirectory(old);
        Files.writeString(old.resolve("letter.txt"), "mine");
        assertTrue(assertThrows(FileAlreadyExistsException.class, () -> folder.write(version("2")))
                .getMessage()
                .contains("letter.txt"));
        assertEquals("mine", Files.readString(old.resolve("letter.txt")));
        assertReads("1");
    }

    @Test
    void aSecondWriterMakesTheFirstFailButNeverMixesTheirFiles() throws IOException {
        ModelFolder second = new ModelFolder(target, NAMES);
        FileWriter interrupted = channel -> second.write(version("second"));
        assertThrows(
                IOException.class,
                () -> folder.write(Map.of("a.json", interrupted, "b.bin", interrupted, "c.bin", interrupted)));
        assertReads("second");
        assertNothingIsLeftBeside();
    }
}
