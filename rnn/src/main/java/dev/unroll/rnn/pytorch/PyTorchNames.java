package dev.unroll.rnn.pytorch;

import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.io.Json;
import dev.unroll.rnn.io.JsonObject;
import dev.unroll.rnn.io.Shown;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How the tensors of a checkpoint are named: the prefix of those that belong to the network, such as {@code model.rnn},
 * and the names of its modules, such as {@code encoder} for {@code layer0}. Immutable, and safe for use by many threads.
 */
public final class PyTorchNames {
    private static final PyTorchNames PLAIN = new PyTorchNames("", Map.of());

    private final String prefix;
    private final Map<String, Optional<String>> renamed;

    private PyTorchNames(String prefix, Map<String, Optional<String>> renamed) {
        this.prefix = prefix;
        this.renamed = renamed;
    }

    /**
     * Returns the names as {@link PyTorchCheckpoint} expects them.
     *
     * @return no prefix, and no other name for any module
     */
    public static PyTorchNames plain() {
        return PLAIN;
    }

    /**
     * Returns these names with a prefix. Tensors of other names do not belong to the network, and are ignored.
     *
     * @param module whose tensors belong to the network, with or without the last dot, such as {@code model.rnn}; empty
     *     for all tensors
     * @return other names
     */
    public PyTorchNames prefix(String module) {
        Nulls.require("PyTorchNames.prefix", "module", module);
        return new PyTorchNames(module.isEmpty() || module.endsWith(".") ? module : module + ".", renamed);
    }

    /**
     * Returns these names with another name for a module or for a tensor.
     *
     * @param theirs the name in the file, without the prefix
     * @param ours the expected name, such as {@code layer0} or {@code output}; empty if theirs is the name of a module
     *     whose tensors are expected without one
     * @return other names
     */
    public PyTorchNames rename(String theirs, String ours) {
        Nulls.require("PyTorchNames.rename", "theirs", theirs);
        Nulls.require("PyTorchNames.rename", "ours", ours);
        return with(theirs, Optional.of(ours));
    }

    /**
     * Returns these names without a module or a tensor, which does not belong to the network.
     *
     * @param theirs the name in the file, without the prefix
     * @return other names
     */
    public PyTorchNames without(String theirs) {
        Nulls.require("PyTorchNames.without", "theirs", theirs);
        return with(theirs, Optional.empty());
    }

    private PyTorchNames with(String theirs, Optional<String> ours) {
        Map<String, Optional<String>> more = new TreeMap<>(renamed);
        more.put(theirs, ours);
        return new PyTorchNames(prefix, Collections.unmodifiableMap(more));
    }

    /**
     * Returns these names with those of a file: a JSON object with the names in the checkpoint as keys, and as values the
     * expected names, or null for what does not belong to the network, such as
     * {@code {"encoder": "layer0", "rnn": "layer1", "decoder": "output", "critic": null}}.
     *
     * @param file to read
     * @return other names
     * @throws IOException if the file is missing or is no such object
     */
    public PyTorchNames read(Path file) throws IOException {
        Nulls.require("PyTorchNames.read", "file", file);
        JsonObject json = Json.read(file);
        PyTorchNames all = this;
        for (String theirs : json.keys()) {
            all = json.values().get(theirs) == null ? all.without(theirs) : all.rename(theirs, json.string(theirs));
        }
        return all;
    }

    /**
     * Returns the expected name of a tensor. Of names of modules within each other the longest decides.
     *
     * @param name in the file
     * @return what is expected, or nothing if the tensor does not belong to the network
     */
    Optional<String> expected(String name) {
        if (!name.startsWith(prefix)) {
            return Optional.empty();
        }
        String rest = name.substring(prefix.length());
        for (int end = rest.length(); end > 0; end = rest.lastIndexOf('.', end - 1)) {
            Optional<String> other = renamed.get(rest.substring(0, end));
            if (other != null) {
                String within = rest.substring(Math.min(end + 1, rest.length()));
                return other.map(ours -> join(ours, within));
            }
        }
        return Optional.of(rest);
    }

    /** The name of something in a module; either may be empty. */
    static String join(String module, String name) {
        return module.isEmpty() || name.isEmpty() ? module + name : module + "." + name;
    }

    @Override
    public String toString() {
        return Shown.brief(prefix.isEmpty() ? renamed.toString() : prefix + "* " + renamed);
    }
}
