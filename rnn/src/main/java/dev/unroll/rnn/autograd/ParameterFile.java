package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.io.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** Parameters as a safetensors file, a tensor for each. */
final class ParameterFile {
    private ParameterFile() {}

    static void write(Parameters parameters, Path file) throws IOException {
        SequencedMap<TensorInfo, Tensor> tensors = new LinkedHashMap<>();
        for (Parameter parameter : parameters.list()) {
            if (!Reductions.isFinite(parameter.value())) {
                throw new ArithmeticException("the values of " + Shown.brief(parameter.name())
                        + " are not finite; nothing is saved, since it could not be loaded; train again with a lower"
                        + " rate");
            }
            tensors.put(info(parameter), parameter.value());
        }
        Safetensors.writeTensors(file, Map.of(), tensors, parameters.bfloat16Names());
    }

    /** Reads to a copy, so that a fault found late leaves the parameters as they were. */
    static void read(Path file, Parameters parameters) throws IOException {
        try (Safetensors stored = Safetensors.open(file);
                Workspace memory = new Workspace("parameters that are loaded")) {
            stored.require(parameters.list().stream().map(ParameterFile::info).toList());
            Tensor loaded = memory.zeros(parameters.values().type(), parameters.values().columns());
            for (Map.Entry<Parameter, Tensor> part : parameters.parts(loaded).entrySet()) {
                String name = part.getKey().name();
                stored.read(name, part.getValue());
                if (!Reductions.isFinite(part.getValue())) {
                    throw new MalformedFileException(stored.source(), "the tensor " + Shown.quote(name)
                            + " holds numbers that are not finite; take another copy of the file");
                }
            }
            parameters.replace(loaded);
        }
    }

    private static TensorInfo info(Parameter parameter) {
        return new TensorInfo(parameter.name(), parameter.value().type(), parameter.shape());
    }
}
