package dev.unroll.rnn.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFolderTest {
    @TempDir
    Path parent;

    private final Workspace workspace = new Workspace("test");
    private Path target;
    private ModelFolder folder;

    @BeforeEach
    void nameTheFolder() throws IOException {
        target = parent.resolve("model");
        folder = new ModelFolder(target);
    }

    @AfterEach
    void close() {
        workspace.close();
    }

    /** A version of a model, told in its description and in each of its numbers. */
    private ModelFolder.Model version(int number) {
        float[] numbers = new float[1000];
        Arrays.fill(numbers, number);
        return model(number, workspace.allocate(ElementType.F32, 1000).copyFrom(numbers));
    }

    private static ModelFolder.Model model(int number, Tensor tensor) {
        LinkedHashMap<TensorInfo, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(new TensorInfo("w", tensor.type(), tensor.shape()), tensor);
        return new ModelFolder.Model(Map.of("format", 1, "version", number), tensors);
    }

    /** The version that is read, which must be one. */
    private static int read(ModelFolder from) throws IOException {
        return from.read((description, numbers) -> {
            try (Workspace memory = new Workspace("read")) {
                Tensor w = memory.allocate(ElementType.F32, 1000);
                numbers.read("w", w);
                int version = (int) description.integer("version");
                for (float number : w.toFloats()) {
                    assertEquals(version, number, "a description and another version's numbers");
                }
                return version;
            }
        });
    }

    private static Set<String> names(Path in) throws IOException {
        try (Stream<Path> entries = Files.list(in)) {
            return entries.map(entry -> entry.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private void assertHoldsOnlyTheModel() throws IOException {
        assertEquals(Set.of("model.json", "model.safetensors"), names(target));
        assertEquals(Set.of("model"), names(parent));
    }

    @Test
    void aModelIsMadeAndReplaced() throws IOException {
        assertFalse(folder.holdsModel());
        folder.write(version(1));
        assertEquals(1, read(folder));
        folder.write(version(2));
        assertEquals(2, read(folder));
        assertTrue(folder.holdsModel());
        assertHoldsOnlyTheModel();
        String json = Files.readString(target.resolve("model.json"));
        try (FileChannel numbers = FileChannel.open(target.resolve("model.safetensors"))) {
            assertTrue(json.contains(Sha256.of(numbers)), json);
        }
    }

    @Test
    void missingParentsAreMade() throws IOException {
        folder = new ModelFolder(target.resolve("x/y"));
        folder.rehearse(version(1));
        folder.write(version(1));
        assertEquals(1, read(folder));
    }

    @Test
    void whatElseIsInTheFolderStaysAndDoesNotStopASave() throws IOException {
        folder.write(version(1));
        Files.writeString(target.resolve("notes.txt"), "mine");
        Files.writeString(target.resolve(".DS_Store"), "the system's");
        Files.writeString(parent.resolve(".model.new-xyz"), "mine too");
        Files.createDirectory(target.resolve("lost+found"));
        folder.rehearse(version(2));
        folder.write(version(2));
        assertEquals(2, read(folder));
        assertEquals("mine", Files.readString(target.resolve("notes.txt")));
        assertEquals("mine too", Files.readString(parent.resolve(".model.new-xyz")));
        assertTrue(Files.exists(target.resolve(".DS_Store")) && Files.exists(target.resolve("lost+found")));
    }

    @Test
    void aFolderOfOtherThingsIsRefusedEarly() throws IOException {
        Files.createDirectory(target);
        Files.createDirectory(target.resolve("lost+found"));
        Files.writeString(target.resolve(".DS_Store"), "");
        folder.rehearse(version(1));
        Files.writeString(target.resolve("letter.txt"), "mine");
        String message = assertThrows(FileAlreadyExistsException.class, () -> folder.rehearse(version(1)))
                .getMessage();
        assertEquals(target + ": holds \"letter.txt\" and no saved model; choose another folder", message);
        assertEquals(Set.of(".DS_Store", "letter.txt", "lost+found"), names(target));
    }

    @Test
    void aRehearsalLeavesNothingBehind() throws IOException {
        folder.rehearse(version(1));
        assertEquals(Set.of(), names(target));
        folder.write(version(1));
        folder.rehearse(version(2));
        assertEquals(1, read(folder));
        assertHoldsOnlyTheModel();
    }

    @Test
    void aFileInTheWayIsLeftAlone() throws IOException {
        Files.writeString(target, "mine");
        for (Callable<?> call : List.<Callable<?>>of(() -> {
            folder.write(version(1));
            return null;
        }, () -> {
            folder.rehearse(version(1));
            return null;
        })) {
            String message = assertThrows(FileAlreadyExistsException.class, call::call).getMessage();
            assertTrue(message.contains("a file is where the model's folder should be"), message);
        }
        assertTrue(assertThrows(FileSystemException.class, () -> read(folder)).getMessage().contains("a file, not"));
        ModelFolder below = new ModelFolder(target.resolve("below"));
        assertThrows(IOException.class, () -> below.rehearse(version(1)));
        assertThrows(IOException.class, () -> below.write(version(1)));
        assertEquals("mine", Files.readString(target));
    }

    @Test
    void anotherProgramsModelIsLeftAlone() throws IOException {
        folder.write(version(1));
        Path numbers = target.resolve("model.safetensors");
        Path description = target.resolve("model.json");
        Files.writeString(description, "{\"modelTopology\": {}}");
        byte[] before = Files.readAllBytes(numbers);
        assertThrows(FileAlreadyExistsException.class, () -> folder.write(version(2)));
        assertThrows(FileAlreadyExistsException.class, () -> folder.rehearse(version(2)));
        assertArrayEquals(before, Files.readAllBytes(numbers));
        Files.delete(description);
        Files.write(numbers, "not of ours".getBytes());
        assertThrows(FileAlreadyExistsException.class, () -> folder.write(version(2)));
        Files.delete(numbers);
        Files.createDirectory(numbers);
        assertThrows(FileAlreadyExistsException.class, () -> folder.write(version(2)));
    }

    @Test
    void aMissingFolderIsNamed() {
        String message = assertThrows(NoSuchFileException.class, () -> read(folder)).getMessage();
        assertEquals(target + ": no saved model there; give the folder of one", message);
    }

    @Test
    void aLinkToItselfIsNamedWithTheRemedy() throws IOException {
        Files.createDirectory(target);
        Path link = Files.createSymbolicLink(target.resolve("model.json"), Path.of("model.json"));
        String message = assertThrows(FileSystemException.class, () -> AtomicFile.follow(link)).getMessage();
        assertEquals(
                link + ": more than 40 symbolic links, one behind another or in a circle; give the file that is meant",
                message);
        assertThrows(IOException.class, () -> folder.write(version(1)));
    }

    @Test
    void aFileWhereTheFolderShouldBeIsNamedWithTheRemedy() throws IOException {
        Files.createFile(target);
        String message = assertThrows(FileSystemException.class, () -> read(folder)).getMessage();
        assertEquals(target + ": a file, not the folder of a saved model; give that folder", message);
    }

    @Test
    void aFailureWhileWritingLeavesTheOldModelAndNothingElse() throws IOException {
        folder.write(version(1));
        Tensor released;
        try (Workspace short_ = new Workspace("short")) {
            released = short_.zeros(ElementType.F32, 1000);
        }
        assertThrows(IllegalStateException.class, () -> folder.write(model(2, released)));
        assertEquals(1, read(folder));
        assertHoldsOnlyTheModel();
    }

    @Test
    void whatJsonCannotHoldIsRefusedBeforeAnythingIsWritten() throws IOException {
        ModelFolder.Model model = new ModelFolder.Model(Map.of("format", Double.NaN), new LinkedHashMap<>());
        assertThrows(IllegalArgumentException.class, () -> folder.rehearse(model));
        assertThrows(IllegalArgumentException.class, () -> folder.write(model));
        assertFalse(Files.exists(target));
    }

    @Test
    void aLinkStaysAndWhatItNamesIsWrittenAlsoIfThatIsNotThereYet() throws IOException {
        Path real = parent.resolve("disk/real");
        Files.createDirectory(parent.resolve("disk"));
        Files.createSymbolicLink(target, Path.of("disk/real"));
        folder = new ModelFolder(target);
        folder.rehearse(version(1));
        folder.write(version(1));
        new ModelFolder(target).write(version(2));
        assertEquals(2, read(new ModelFolder(real)));
        assertEquals(2, read(new ModelFolder(target)));
        assertTrue(Files.isSymbolicLink(target));
        Files.createSymbolicLink(parent.resolve("round"), Path.of("round"));
        assertThrows(FileSystemException.class, () -> new ModelFolder(parent.resolve("round")));
    }

    @Test
    void whereverAStopFallsOneVersionIsRead() throws IOException {
        folder.write(version(1));
        byte[] oldDescription = Files.readAllBytes(target.resolve("model.json"));
        byte[] oldNumbers = Files.readAllBytes(target.resolve("model.safetensors"));
        folder.write(version(2));
        byte[] newNumbers = Files.readAllBytes(target.resolve("model.safetensors"));
        Files.write(target.resolve("model.safetensors"), oldNumbers);
        assertEquals(1, read(folder), "the description was replaced, the numbers were not");
        Files.write(target.resolve("model.safetensors"), newNumbers);
        Files.write(target.resolve("model.json"), oldDescription);
        assertEquals(2, read(folder), "the numbers were replaced, the description was not");
        Files.delete(target.resolve("model.json"));
        assertEquals(2, read(folder), "the numbers were written, the description was not");
        folder.write(version(3));
        assertEquals(3, read(folder));
        assertHoldsOnlyTheModel();
    }

    /** As earlier versions of this library wrote it, whose description does not tell which numbers it belongs to. */
    @Test
    void numbersThatDescribeThemselvesBelongToNoDescriptionWithoutADigest() throws IOException {
        folder.write(version(1));
        Path description = target.resolve("model.json");
        String old = Files.readString(description).replaceAll(",\\s*\"sha256\": \"\\w+\"", "");
        folder.write(version(2));
        Files.writeString(description, old);
        assertEquals(2, read(folder));
    }

    @Test
    void aFolderIsTheOneThatTheSystemFindsAlsoBehindLinks() throws IOException {
        Files.createDirectories(parent.resolve("big/data"));
        Files.createDirectories(parent.resolve("big/other"));
        Files.createSymbolicLink(parent.resolve("data"), Path.of("big/data"));
        Files.createSymbolicLink(parent.resolve("big/data/model"), Path.of("../other/model"));
        new ModelFolder(parent.resolve("data/model")).write(version(1));
        assertTrue(Files.exists(parent.resolve("big/other/model/model.json")));
        assertEquals(1, read(new ModelFolder(parent.resolve("data/model"))));
    }

    @Test
    void aDescriptionMayBeEdited() throws IOException {
        folder.write(version(1));
        Path description = target.resolve("model.json");
        Files.writeString(description, Files.readString(description).replace("\"format\": 1", "\"format\": 7"));
        assertEquals(7L, (long) folder.<Long>read((json, _) -> json.integer("format")));
    }

    @Test
    void aFlippedBitIsFoundWhereverItIs() throws IOException {
        folder.write(version(1));
        Path numbers = target.resolve("model.safetensors");
        byte[] good = Files.readAllBytes(numbers);
        for (int i = 0; i < good.length; i += i < 600 ? 1 : 97) {
            byte[] bad = good.clone();
            bad[i] ^= (byte) (1 << i % 8);
            Files.write(numbers, bad);
            String message = assertThrows(IOException.class, () -> read(folder), "byte " + i).getMessage();
            assertTrue(message.contains("model.safetensors"), message);
        }
        Files.write(numbers, good);
        assertEquals(1, read(folder));
    }

    @Test
    void permissionsStay() throws IOException {
        folder.write(version(1));
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(target.resolve("model.safetensors"),
                PosixFilePermissions.fromString("rw-------"));
        Files.setPosixFilePermissions(target.resolve("model.json"), PosixFilePermissions.fromString("rw-r-----"));
        folder.write(version(2));
        assertEquals("rwx------", permissions(target));
        assertEquals("rw-------", permissions(target.resolve("model.safetensors")));
        assertEquals("rw-r-----", permissions(target.resolve("model.json")));
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 200, 255})
    void aNameMayBeAsLongAsTheSystemAllows(int length) throws IOException {
        folder = new ModelFolder(parent.resolve("n".repeat(length)));
        folder.rehearse(version(1));
        folder.write(version(1));
        folder.write(version(2));
        assertEquals(2, read(folder));
    }

    @Test
    void whatKilledWritersLeftIsDeletedAndWhatOthersWriteIsNot() throws IOException {
        folder.write(version(1));
        Files.writeString(target.resolve(".unroll-saving-1"), "half");
        AtomicFile.replace(target.resolve("other"), channel -> {
            folder.write(version(2)); // in the middle of another's write
            AtomicFile.Contents.text("whole").writeTo(channel);
        });
        assertEquals("whole", Files.readString(target.resolve("other")));
        assertEquals(Set.of("model.json", "model.safetensors", "other"), names(target));
        assertEquals(2, read(folder));
    }

    @Test
    void anInterruptedThreadSavesAndLoadsAndStaysInterrupted() throws IOException {
        try {
            Thread.currentThread().interrupt();
            folder.rehearse(version(1));
            folder.write(version(1));
            folder.write(version(2));
            assertEquals(2, read(folder));
            assertTrue(Thread.currentThread().isInterrupted(), "the flag is the caller's");
        } finally {
            Thread.interrupted();
        }
        assertHoldsOnlyTheModel();
    }

    @Test
    void interruptsInTheMiddleLoseNoSave() throws Exception {
        Thread writer = Thread.currentThread();
        AtomicBoolean done = new AtomicBoolean();
        Thread storm = new Thread(() -> {
            for (int i = 0; i < 200 && !done.get(); i++) {
                writer.interrupt();
                Thread.onSpinWait();
            }
        });
        storm.start();
        try {
            for (int i = 1; i <= 20; i++) {
                folder.write(version(i));
                assertEquals(i, read(folder));
            }
        } finally {
            done.set(true);
            boolean _ = Thread.interrupted();
            storm.join();
            Thread.interrupted();
        }
        assertHoldsOnlyTheModel();
    }

    @Test
    void readersAndWritersAtOnceSeeOneVersion() throws Exception {
        int readings = Integer.getInteger("unroll.readings", 300);
        folder.write(version(0));
        ModelFolder.Model[] versions = Stream.iterate(0, i -> i < 8, i -> i + 1)
                .map(this::version)
                .toArray(ModelFolder.Model[]::new);
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            for (int w = 0; w < 2; w++) {
                int first = w;
                Future<?> _ = threads.submit(() -> {
                    for (int i = first; !done.get(); i++) {
                        folder.write(versions[i % versions.length]);
                    }
                    return null;
                });
            }
            Future<?> reader = threads.submit(() -> {
                for (int i = 0; i < readings; i++) {
                    read(folder);
                }
                return null;
            });
            try {
                reader.get();
            } finally {
                done.set(true);
            }
        }
        read(folder);
        assertHoldsOnlyTheModel();
    }
}
