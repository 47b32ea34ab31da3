package dev.unroll.rnn.pytorch;

import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.io.TensorInfo;
import dev.unroll.rnn.model.DeepRnn;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the parameters of a network from the tensors of PyTorch's modules. */
final class PyTorchReader {
    private final Safetensors file;
    private final Map<String, TensorInfo> found;
    private final DeepRnn network;
    private final Map<String, Parameter> parameters = new HashMap<>();
    /** Biases, until both of their parts have been read. */
    private final Map<String, double[]> biases = new LinkedHashMap<>();

    /** Reads from a file that is known to have the tensors, whose shapes are right, under the names expected. */
    PyTorchReader(Safetensors file, Map<String, TensorInfo> found, DeepRnn network) {
        this.file = file;
        this.found = found;
        this.network = network;
        network.parameters().list().forEach(parameter -> parameters.put(parameter.name(), parameter));
    }

    void read(List<PyTorchTensor> tensors) throws IOException {
        for (PyTorchTensor tensor : tensors) {
            if (found.containsKey(tensor.name())) {
                read(tensor, numbers(tensor));
            } else if (tensor.form() == PyTorchTensor.Form.OPTIONAL) {
                parameters.get(tensor.ours()).write(Tensor::clear);
            }
        }
        biases.forEach(
                (name, numbers) -> parameters.get(name).write(values -> TensorFile.write(values, numbers)));
    }

    private double[] numbers(PyTorchTensor tensor) throws IOException {
        double[] numbers = TensorFile.read(file, found.get(tensor.name()));
        if (!Arrays.stream(numbers).allMatch(Double::isFinite)) {
            throw new MalformedFileException(file.source(), "the tensor " + Shown.quote(found.get(tensor.name()).name())
                    + " holds numbers that are not finite; take another checkpoint");
        }
        return numbers;
    }

    private void read(PyTorchTensor tensor, double... numbers) throws MalformedFileException {
        switch (tensor.form()) {
            case SAME, OPTIONAL, TRANSPOSED -> parameters.get(tensor.ours()).write(
                    values -> TensorFile.write(values, tensor.turned(true, numbers)));
            case INPUT_BIAS, HIDDEN_BIAS -> {
                double[] sum = biases.computeIfAbsent(tensor.ours(), _ -> new double[numbers.length]);
                int count = tensor.form() == PyTorchTensor.Form.INPUT_BIAS ? numbers.length : tensor.added();
                for (int i = 0; i < count; i++) {
                    sum[i] += numbers[i];
                }
                if (tensor.hasCandidate()) {
                    biases.put(tensor.candidate(), Arrays.copyOfRange(numbers, tensor.added(), numbers.length));
                }
            }
            case COPY -> requireCopy(tensor, numbers);
        }
    }

    private void requireCopy(PyTorchTensor tensor, double... numbers) throws MalformedFileException {
        if (!Arrays.equals(numbers, TensorFile.read(parameters.get(tensor.ours()).value()))) {
            throw new MalformedFileException(file.source(), "the tensor " + Shown.quote(tensor.name())
                    + " is not the table of the embedding; leave tied out of the model");
        }
    }
}
