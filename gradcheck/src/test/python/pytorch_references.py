"""What PyTorch gives for recurrent networks, in float64: the files that PyTorchAgreementTest compares with.

    python3 gradcheck/src/test/python/pytorch_references.py

writes them anew; the test itself needs no Python. They were written with PyTorch 2.13. All numbers that PyTorch is
given are drawn by Python's own generator, from a seed that is the name of the case, so that they are the same on every
machine and with every version of PyTorch. They are multiples of 2^-16 below 2: float32 holds them exactly, and the sums
of PyTorch's two biases, which this library has as one, as well.

A file is in the safetensors format, in which the names of parameters are PyTorch's:
    input [T, B, inputs], initial.h and initial.c [layers * directions, B, size], value.NAME of every parameter,
    target [T, B] of ids or [T, B, outputs], upstream.h and upstream.c as the initial state
    output [T, B, size] of the recurrent layers, logits [T, B, outputs], last.h, last.c, loss [1]
    gradient.input, gradient.initial.h, gradient.initial.c, gradient.NAME of loss + <upstream, last>
The loss is the mean over the steps within the lengths, by the function that the metadata name.
"""

import json
import pathlib
import random
import struct

import torch
from torch.nn import functional
from torch.nn.utils import rnn as sequences

FOLDER = pathlib.Path(__file__).parents[1] / "resources/dev/unroll/gradcheck/pytorch"
INPUTS, OUTPUTS = 3, 3
HUBER_DELTA = 0.5

LOSSES = {
    "crossEntropy": functional.cross_entropy,
    "squaredError": functional.mse_loss,
    "huber": lambda x, target: functional.huber_loss(x, target, delta=HUBER_DELTA),
    "bernoulli": lambda x, target:
        functional.binary_cross_entropy_with_logits(x, target, reduction="sum") / len(x),
}
MODULES = {
    "rnn-tanh": (torch.nn.RNN, "rnn", {"nonlinearity": "tanh"}),
    "rnn-relu": (torch.nn.RNN, "rnn", {"nonlinearity": "relu"}),
    "gru": (torch.nn.GRU, "gru", {}),
    "lstm": (torch.nn.LSTM, "lstm", {}),
    "lstm-projection": (torch.nn.LSTM, "lstm", {"proj_size": 2}),
}


def numbers(draw, *shape, scale=1.0):
    """Numbers within scale, multiples of 2^-16."""
    count = torch.Size(shape).numel()
    values = [round(draw.uniform(-scale, scale) * 2**16) / 2**16 for _ in range(count)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def case(kind, layers=1, hidden=4, steps=7, lengths=(), batch=2, bidirectional=False, bias=True, loss="crossEntropy"):
    """One network on one batch; lengths, if there are any, are those of its sequences."""
    batch = len(lengths) or batch
    words = [kind, f"{layers}x{hidden}", f"{steps}-steps"]
    words += [word for word, said in
              [("bidirectional", bidirectional), ("no-bias", not bias), ("lengths", lengths)] if said]
    name = "-".join(words)
    draw = random.Random(name)
    module, text, options = MODULES[kind]
    network = module(INPUTS, hidden, layers, bias=bias, bidirectional=bidirectional, dtype=torch.float64, **options)
    directions = 2 if bidirectional else 1
    size = options.get("proj_size", hidden)
    output_map = torch.nn.Linear(directions * size, OUTPUTS, dtype=torch.float64)
    parameters = dict(network.named_parameters())
    parameters |= {f"output.{key}": value for key, value in output_map.named_parameters()}
    with torch.no_grad():
        for parameter in parameters.values():
            parameter.copy_(numbers(draw, *parameter.shape, scale=hidden**-0.5))
    x = numbers(draw, steps, batch, INPUTS).requires_grad_()
    states = {"h": size} | ({"c": hidden} if text == "lstm" else {})
    initial = {part: numbers(draw, layers * directions, batch, columns).requires_grad_()
               for part, columns in states.items()}
    upstream = {part: numbers(draw, *state.shape) for part, state in initial.items()}
    if loss == "crossEntropy":
        target = torch.tensor([draw.randrange(OUTPUTS) for _ in range(steps * batch)]).reshape(steps, batch)
    else:
        target = numbers(draw, steps, batch, OUTPUTS)
        target = target.abs().round() if loss == "bernoulli" else 2 * target

    packed = sequences.pack_padded_sequence(x, lengths, enforce_sorted=False) if lengths else x
    output, last = network(packed, tuple(initial.values()) if "c" in initial else initial["h"])
    if lengths:
        output, _ = sequences.pad_packed_sequence(output, total_length=steps)
    last = dict(zip(initial, last if "c" in initial else [last]))
    logits = output_map(output)
    within = torch.arange(steps)[:, None] < torch.tensor(lengths or batch * [steps])
    value = LOSSES[loss](logits[within], target[within])
    (value + sum((upstream[part] * last[part]).sum() for part in last)).backward()

    given = {"input": x, "target": target}
    given |= {f"initial.{part}": state for part, state in initial.items()}
    given |= {f"upstream.{part}": state for part, state in upstream.items()}
    given |= {f"value.{key}": parameter for key, parameter in parameters.items()}
    result = {"output": output, "logits": logits, "loss": value.reshape(1), "gradient.input": x.grad}
    result |= {f"last.{part}": state for part, state in last.items()}
    result |= {f"gradient.initial.{part}": state.grad for part, state in initial.items()}
    result |= {f"gradient.{key}": parameter.grad for key, parameter in parameters.items()}
    text += f":{layers}x{hidden}" + (":f=relu" if kind == "rnn-relu" else "")
    text += "" if bias else ":bias=false"
    text += ":bidirectional" if bidirectional else ""
    text += f":projection={size}" if size < hidden else ""
    about = {"model": text, "lengths": " ".join(map(str, lengths)), "loss": loss}
    write(FOLDER / f"{name}.safetensors", about, given, result)


def write(path, about, given, result):
    """Safetensors: the results as float64 and, behind them, the exact numbers as float32 and the ids as int32."""
    tensors = {name: ("F64", tensor) for name, tensor in result.items()}
    tensors |= {name: ("F32", tensor.float()) for name, tensor in given.items() if tensor.is_floating_point()}
    tensors |= {name: ("I32", tensor.int()) for name, tensor in given.items() if not tensor.is_floating_point()}
    header, data = {"__metadata__": about}, b""
    for name, (kind, tensor) in tensors.items():
        raw = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.safetensors"):
        old.unlink()
    for kind in MODULES:
        case(kind, steps=50, batch=1, loss="squaredError")
        case(kind, layers=2)
        case(kind, bidirectional=True, loss="huber")
        case(kind, bias=False, lengths=(3, 6, 1), steps=6, loss="bernoulli")
        case(kind, layers=2, bidirectional=True, lengths=(2, 5, 3), steps=5, loss="squaredError")
    case("gru", layers=2, hidden=3, bidirectional=True, lengths=(17, 50), steps=50)
    case("lstm", layers=2, hidden=3, bidirectional=True, bias=False, lengths=(50, 31), steps=50, loss="huber")
    for kind in ("gru", "lstm"):
        case(kind, hidden=17, steps=5)  # more than a vector of sixteen floats


if __name__ == "__main__":
    main()
