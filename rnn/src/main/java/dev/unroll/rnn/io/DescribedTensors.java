package dev.unroll.rnn.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A safetensors file that says itself what its tensors are for: its metadata hold a description, a JSON object, and the
 * SHA-256 of that text followed by all numbers. Such a file is one version by itself, whatever stands beside it, and a
 * bit that has changed in it is found.
 */
final class DescribedTensors implements Closeable {
    private static final String DESCRIPTION = "description";
    private static final String DIGEST = "sha256";

    private final Path file;
    private final Safetensors tensors;

    private DescribedTensors(Path file, Safetensors tensors) {
        this.file = file;
        this.tensors = tensors;
    }

    /**
     * Refuses what the format cannot hold.
     *
     * @throws IllegalArgumentException if the description is no JSON or too long, or two tensors have one name
     */
    static void check(Map<String, ?> description, SequencedMap<TensorInfo, Numbers> tensors) {
        String anyDigest = "0".repeat(64);
        Safetensors.header(metadata(Json.writeCompact(description), anyDigest), tensors);
    }

    /**
     * Replaces a file as a whole.
     *
     * @return the SHA-256 of the whole file
     */
    static String replace(Path file, Map<String, ?> description, SequencedMap<TensorInfo, Numbers> tensors)
            throws IOException {
        String text = Json.writeCompact(description);
        Sha256 digest = new Sha256().update(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        Safetensors.writeData(tensors, digest::update);
        Map<String, String> metadata = metadata(text, digest.hex());
        return AtomicFile.replace(file, channel -> Safetensors.writeNumbers(channel, metadata, tensors));
    }

    private static Map<String, String> metadata(String description, String digest) {
        return Map.of(DESCRIPTION, description, DIGEST, digest);
    }

    static DescribedTensors open(Path file) throws IOException {
        return new DescribedTensors(file, Safetensors.open(file));
    }

    Safetensors tensors() {
        return tensors;
    }

    /** Whether there is a description at all: other programs write none. */
    boolean hasDescription() {
        return tensors.metadata().containsKey(DESCRIPTION) && tensors.metadata().containsKey(DIGEST);
    }

    /**
     * The description of a file in which no bit has changed since it was written.
     *
     * @throws MalformedFileException if there is none, or it and the numbers do not have the digest that was written
     */
    JsonObject description() throws IOException {
        if (!hasDescription()) {
            throw new MalformedFileException(file.toString(),
                    "has no description of its tensors, as a file that Unroll writes has; give one of those");
        }
        byte[] text = tensors.metadata().get(DESCRIPTION).getBytes(StandardCharsets.UTF_8);
        String digest = tensors.sha256OfDataAfter(text);
        if (!digest.equals(tensors.metadata().get(DIGEST))) {
            throw new MalformedFileException(file.toString(), "is damaged: its SHA-256 was "
                    + Shown.quote(tensors.metadata().get(DIGEST)) + " when it was written and is " + digest
                    + " now; take another copy");
        }
        return JsonObject.of(file.toString(), Json.parse(file.toString(), text));
    }

    @Override
    public void close() throws IOException {
        tensors.close();
    }
}
