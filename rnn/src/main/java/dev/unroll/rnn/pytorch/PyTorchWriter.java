package dev.unroll.rnn.pytorch;

import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.model.DeepRnn;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Gives the values and gradients of a network as those of the tensors of PyTorch's modules. */
final class PyTorchWriter {
    private final List<PyTorchTensor> tensors;
    private final Map<String, Parameter> parameters = new HashMap<>();

    /** Takes the numbers of one tensor. */
    interface Receiver {
        void take(String name, long[] shape, double... numbers);
    }

    PyTorchWriter(DeepRnn network) {
        tensors = PyTorchModule.tensors(network.spec());
        network.parameters().list().forEach(parameter -> parameters.put(parameter.name(), parameter));
    }

    /** Gives the values: of two biases that were added, the second one is zero. */
    void values(Receiver receiver) {
        for (PyTorchTensor tensor : tensors) {
            double[] numbers = numbers(tensor, Parameter::value);
            if (tensor.form() == PyTorchTensor.Form.HIDDEN_BIAS) {
                Arrays.fill(numbers, 0, tensor.added(), 0);
            }
            receiver.take(tensor.name(), tensor.shape(), numbers);
        }
    }

    /** Gives the gradients: that of a sum is that of both biases, and that of a copy is part of the first name's. */
    void gradients(Receiver receiver) {
        for (PyTorchTensor tensor : tensors) {
            if (tensor.form() != PyTorchTensor.Form.COPY) {
                receiver.take(tensor.name(), tensor.shape(), numbers(tensor, Parameter::gradient));
            }
        }
    }

    private double[] numbers(PyTorchTensor tensor, Function<Parameter, Tensor> of) {
        double[] numbers = TensorFile.read(of.apply(parameters.get(tensor.ours())));
        if (tensor.hasCandidate()) {
            double[] candidate = TensorFile.read(of.apply(parameters.get(tensor.candidate())));
            System.arraycopy(candidate, 0, numbers, tensor.added(), candidate.length);
        }
        return tensor.turned(false, numbers);
    }
}
