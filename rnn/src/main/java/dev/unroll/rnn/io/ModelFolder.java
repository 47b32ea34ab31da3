package dev.unroll.rnn.io;

import dev.unroll.kernels.Tensor;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folder of a saved model: its numbers in {@value #NUMBERS}, and what they are in {@value #DESCRIPTION}, a JSON object
 * that one may read and edit.
 *
 * <p>A model is replaced by replacing its two files, each as a whole. The description says which
 * numbers it belongs to by their SHA-256, and the file of numbers carries a description of its own: whenever the machine
 * stops, and whatever is saved there at the same time by others, a reader finds one version of the model, complete, and
 * not one's description with another's numbers. A bit that has changed in the numbers is found too.
 *
 * <p>What else stands in the folder is left alone. The folder itself is never renamed or replaced, so that it may be the
 * root of a volume and keeps its permissions.
 *
 * <p>Any number of threads and processes may read and write one folder at a time.
 */
public final class ModelFolder {
    /** The file of the numbers. */
    public static final String NUMBERS = "model.safetensors";

    /** The file of the description. */
    public static final String DESCRIPTION = "model.json";

    /** The member of a description with the SHA-256 of the file of the numbers; other members are the model's own. */
    public static final String DIGEST = "sha256";

    /** A member that every description has. */
    public static final String FORMAT = "format";

    private final Path folder;
    private final Path numbers;
    private final Path description;

    /**
     * A folder that exists or is to be written; looks at no file of it yet.
     *
     * @param path the folder; a symbolic link is followed
     * @throws IOException if links go round in a circle
     */
    public ModelFolder(Path path) throws IOException {
        folder = AtomicFile.follow(path.toAbsolutePath());
        numbers = folder.resolve(NUMBERS);
        description = folder.resolve(DESCRIPTION);
    }

    /**
     * What is written.
     *
     * @param description what the model is, as JSON values, with a member {@value #FORMAT}
     * @param tensors its numbers, each tensor's rows one behind the other
     * @param bfloat16 the names of tensors of F32 that are rounded to BF16
     */
    public record Model(
            Map<String, ?> description, SequencedMap<TensorInfo, Tensor> tensors, Set<String> bfloat16) {
        /**
         * A model whose numbers are written as they are.
         *
         * @param description what the model is, as JSON values, with a member {@value #FORMAT}
         * @param tensors its numbers, each tensor's rows one behind the other
         */
        public Model(Map<String, ?> description, SequencedMap<TensorInfo, Tensor> tensors) {
            this(description, tensors, Set.of());
        }

        private SequencedMap<TensorInfo, Numbers> numbers() {
            return Safetensors.numbers(tensors, bfloat16);
        }
    }

    /**
     * Reads a model from a description and the numbers that belong to it.
     *
     * @param <T> what is read
     */
    @FunctionalInterface
    public interface Reader<T> {
        /**
         * Reads.
         *
         * @param description what the model is, perhaps with {@value #DIGEST}
         * @param numbers an open file, closed by the caller
         * @return the model
         * @throws IOException if one of them is not as it should be
         */
        T read(JsonObject description, Safetensors numbers) throws IOException;
    }

    /**
     * Whether there is a model.
     *
     * @return true if its numbers are there
     */
    public boolean holdsModel() {
        return Files.exists(numbers);
    }

    /**
     * Reads the model.
     *
     * @param <T> what is read
     * @param reader called with one version of the model, however often the folder is written meanwhile
     * @return what the reader gives
     * @throws NoSuchFileException if there is no saved model
     * @throws FileSystemException if there is a file in the folder's place
     * @throws MalformedFileException if a file is damaged, or the two belong to different models
     * @throws IOException if reading fails
     */
    public <T> T read(Reader<T> reader) throws IOException {
        requireModel();
        return AtomicFile.uninterrupted(() -> {
            try (DescribedTensors file = DescribedTensors.open(numbers)) {
                return reader.read(belonging(file), file.tensors());
            }
        });
    }

    /** The description that belongs to the numbers: that beside them, unless they are being replaced. */
    private JsonObject belonging(DescribedTensors file) throws IOException {
        if (Files.notExists(description) && file.hasDescription()) {
            return file.description();
        }
        JsonObject beside = Json.read(description);
        if (!beside.has(DIGEST)) { // written by hand, or before there were digests
            return file.hasDescription() ? file.description() : beside;
        }
        String digest = file.tensors().sha256();
        if (beside.string(DIGEST).equals(digest)) {
            return beside;
        }
        if (file.hasDescription()) {
            return file.description();
        }
        throw new MalformedFileException(numbers.toString(), "does not belong to " + DESCRIPTION + " beside it, or is"
                + " damaged: its SHA-256 is " + digest + "; copy both files together, or save the model again");
    }

    private void requireModel() throws IOException {
        if (Files.isRegularFile(folder)) {
            throw new FileSystemException(folder.toString(), null,
                    "a file, not the folder of a saved model; give that folder");
        }
        if (!Files.exists(description) && !Files.exists(numbers)) {
            throw new NoSuchFileException(folder.toString(), null, "no saved model there; give the folder of one");
        }
    }

    /**
     * Refuses early what {@link #write} would refuse in the end, perhaps after hours of training, and what was hardly
     * meant: a folder of other things, without a model. It makes the folder and, for a trial, writes all of the model to
     * it under another name.
     *
     * @param model what is going to be written
     * @throws FileAlreadyExistsException if a file, a folder of other things or another program's model is in the way
     * @throws IllegalArgumentException if the description is too long or no JSON
     * @throws IOException if writing there fails
     */
    public void rehearse(Model model) throws IOException {
        DescribedTensors.check(model.description, model.numbers());
        requireOurs();
        if (!holdsModel() && Files.isDirectory(folder)) {
            requireNothingElse();
        }
        Files.createDirectories(folder);
        Path place = AtomicFile.follow(numbers).toAbsolutePath().getParent();
        AtomicFile.rehearse(place, file -> DescribedTensors.replace(file, model.description, model.numbers()));
        if (Files.exists(description)) { // by itself: whether it can be replaced may depend on more than the folder
            String text = Files.readString(description);
            AtomicFile.replace(description, AtomicFile.Contents.text(text));
        }
    }

    private void requireNothingElse() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            List<String> others = entries.filter(Files::isRegularFile)
                    .map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .filter(name -> !name.equals(NUMBERS) && !name.equals(DESCRIPTION))
                    .toList();
            if (!others.isEmpty()) {
                throw new FileAlreadyExistsException(folder.toString(), null, "holds " + Shown.quote(others.getFirst())
                        + " and no saved model; choose another folder");
            }
        }
    }

    /** Refuses to go on over what is not a model of ours. */
    private void requireOurs() throws IOException {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new FileAlreadyExistsException(
                    folder.toString(), null, "a file is where the model's folder should be; choose another folder");
        }
        for (Path above = folder.toAbsolutePath().getParent(); above != null; above = above.getParent()) {
            if (Files.isRegularFile(above)) {
                throw new FileAlreadyExistsException(above.toString(), null,
                        "a file, where a folder for the model should be; choose another folder");
            }
        }
        for (Path file : List.of(numbers, description)) {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new FileAlreadyExistsException(file.toString(), null,
                        "not a regular file, so it cannot be replaced; choose another folder");
            }
        }
        if (Files.exists(description) ? !isOurs(description) : Files.exists(numbers) && !describesItself()) {
            throw new FileAlreadyExistsException(folder.toString(), null, "holds another program's model, which is not"
                    + " replaced; choose another folder");
        }
    }

    private static boolean isOurs(Path description) throws IOException {
        try {
            return Json.read(description).has(FORMAT);
        } catch (MalformedFileException e) {
            return false;
        }
    }

    private boolean describesItself() throws IOException {
        try (DescribedTensors file = DescribedTensors.open(numbers)) {
            return file.hasDescription();
        } catch (MalformedFileException e) {
            return false;
        }
    }

    /**
     * Saves a model, replacing one that is there.
     *
     * @param model to be saved
     * @throws FileAlreadyExistsException if a file, or another program's model, is in the way; it is left alone
     * @throws IllegalArgumentException if the description is too long or no JSON
     * @throws IOException if writing fails; the folder then holds the model that it held before
     */
    public void write(Model model) throws IOException {
        DescribedTensors.check(model.description, model.numbers());
        Map<String, Object> beside = new LinkedHashMap<>(model.description);
        beside.put(DIGEST, "0".repeat(64));
        Json.write(beside); // refused before the numbers are replaced, not after it
        requireOurs();
        Files.createDirectories(folder);
        AtomicFile.removeLeftovers(folder);
        beside.put(DIGEST, DescribedTensors.replace(numbers, model.description, model.numbers()));
        AtomicFile.replace(description, AtomicFile.Contents.text(Json.write(beside)));
    }

    /** Says of a missing file what to do, which the platform's own exception does not. */
    static void requireFile(Path file) throws FileSystemException {
        if (Files.notExists(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such file; check the path or save it again");
        }
        if (!Files.isRegularFile(file)) {
            throw new FileSystemException(file.toString(), null, "not a regular file; give the path of a file");
        }
    }
}
