"""Weights and tensors from PyTorch to Unroll and back.

    python3 bench/src/test/python/pytorch_round_trip.py            one LSTM through all commands of bench/unroll
    python3 bench/src/test/python/pytorch_round_trip.py make FOLDER COUNT
    python3 bench/src/test/python/pytorch_round_trip.py check FOLDER

make writes random modules, a folder each: the module's weights, an input, what float64 gives for it, and in model.txt the
description and the options of "unroll run". Whoever has made output.safetensors and export.safetensors of them lets check
compare: outputs within 1e-5 and gradients within 1e-4 of the largest number of their tensor, and the module with the
exported weights within 1e-6 of the one that it was. It needs torch, and no other package: the format is a length, a JSON
object and the numbers.
"""

import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

import torch
from torch.nn.utils import rnn as sequences

TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64}
NAMES = {dtype: name for name, dtype in TYPES.items()}
OUTPUTS, GRADIENTS, EXPORTED = 1e-5, 1e-4, 1e-6


def save(file, tensors):
    """Writes tensors by name."""
    header, data, at = {}, [], 0
    for name, tensor in tensors.items():
        numbers = tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [at, at + len(numbers)]}
        data.append(numbers)
        at += len(numbers)
    text = json.dumps(header).encode()
    pathlib.Path(file).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def load(file):
    """Reads tensors by name."""
    whole = pathlib.Path(file).read_bytes()
    start = 8 + struct.unpack_from("<Q", whole)[0]
    tensors = {}
    for name, about in json.loads(whole[8:start]).items():
        if name != "__metadata__":
            begin, end = (start + offset for offset in about["data_offsets"])
            numbers = torch.frombuffer(bytearray(whole[begin:end]), dtype=torch.uint8)
            tensors[name] = numbers.view(TYPES[about["dtype"]]).reshape(about["shape"])
    return tensors


class Case:
    """A random module, and what it is run on."""

    def __init__(self, number):
        draw = random.Random(number)
        torch.manual_seed(number)
        self.cell = draw.choice(["rnn_tanh", "rnn_relu", "gru", "lstm", "lstm_projection"])
        self.layers, self.hidden, self.inputs = draw.randint(1, 4), draw.randint(2, 9), draw.randint(1, 7)
        self.projection = draw.randint(1, self.hidden - 1) if self.cell == "lstm_projection" else 0
        self.bidirectional, self.bias, self.batch_first = (draw.random() < 0.5 for _ in range(3))
        self.dtype = draw.choice(3 * [torch.float32] + [torch.float64, torch.float16, torch.bfloat16])
        steps, batch = draw.randint(1, 12), draw.randint(1, 4)
        self.lengths = [draw.randint(1, steps) for _ in range(batch)] if draw.random() < 0.4 else None
        blocks = self.layers * (2 if self.bidirectional else 1)
        size = self.projection or self.hidden
        self.tensors = {"x": torch.randn(*self.order(steps, batch), self.inputs),
                        "dy": torch.randn(*self.order(steps, batch), size * (2 if self.bidirectional else 1))}
        if draw.random() < 0.5:
            self.tensors["h0"] = torch.randn(blocks, batch, size)
            if self.cell.startswith("lstm"):
                self.tensors["c0"] = torch.randn(blocks, batch, self.hidden)
        if self.lengths:
            self.tensors["lengths"] = torch.tensor(self.lengths)

    def order(self, steps, batch):
        return (batch, steps) if self.batch_first else (steps, batch)

    def module(self):
        kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[self.cell.split("_")[0]]
        more = {"nonlinearity": self.cell[4:]} if kind is torch.nn.RNN else {}
        if self.projection:
            more["proj_size"] = self.projection
        return kind(self.inputs, self.hidden, self.layers, bias=self.bias, batch_first=self.batch_first,
                    bidirectional=self.bidirectional, **more)

    def spec(self):
        return (f"{self.cell.split('_')[0]}:{self.layers}x{self.hidden}" + (":f=relu" if "relu" in self.cell else "")
                + ("" if self.bias else ":bias=false") + (":bidirectional" if self.bidirectional else "")
                + (f":projection={self.projection}" if self.projection else ""))

    def run(self, module):
        """The results of a module in float64, by the names of "unroll run"."""
        given = {name: tensor.double().requires_grad_() for name, tensor in self.tensors.items() if name != "lengths"}
        state = tuple(given[name] for name in ("h0", "c0") if name in given)
        x = given["x"]
        if self.lengths:
            x = sequences.pack_padded_sequence(x, self.lengths, batch_first=self.batch_first, enforce_sorted=False)
        y, last = module(x, (state if len(state) > 1 else state[0]) if state else None)
        if self.lengths:
            steps = given["x"].shape[1 if self.batch_first else 0]
            y, _ = sequences.pad_packed_sequence(y, batch_first=self.batch_first, total_length=steps)
        last = last if isinstance(last, tuple) else (last,)
        y.backward(given["dy"].detach())
        results = {"y": y, **dict(zip(("h_n", "c_n"), last))}
        gradients = {**dict(module.named_parameters()), **{name: given[name] for name in given if name != "dy"}}
        results.update({"grad." + name: tensor.grad for name, tensor in gradients.items()})
        return {name: tensor.detach().clone() for name, tensor in results.items()}


def folder_of(where, number):
    return pathlib.Path(where) / f"{number:03}"


def make(where, count):
    for number in range(count):
        case, folder = Case(number), folder_of(where, number)
        folder.mkdir(parents=True, exist_ok=True)
        module = case.module().to(case.dtype)
        save(folder / "weights.safetensors", module.state_dict())
        save(folder / "input.safetensors", case.tensors)
        save(folder / "expected.safetensors", case.run(module.double()))
        (folder / "model.txt").write_text(case.spec() + (" --batch-first" if case.batch_first else "") + "\n")


def difference(theirs, ours):
    """The largest difference, as a part of the largest number; tensors of zeros must be zeros."""
    if theirs.shape != ours.shape:
        raise SystemExit(f"shapes {tuple(theirs.shape)} and {tuple(ours.shape)} differ")
    largest = theirs.abs().max().item()
    off = (theirs - ours.double()).abs().max().item()
    return off / largest if largest > 0 else (0.0 if off == 0 else float("inf"))


def check(where):
    worst = {"outputs": 0.0, "gradients": 0.0, "exported": 0.0}
    folders = sorted(path for path in pathlib.Path(where).iterdir() if path.is_dir())
    for folder in folders:
        case = Case(int(folder.name))
        expected, output = load(folder / "expected.safetensors"), load(folder / "output.safetensors")
        if expected.keys() != output.keys():
            raise SystemExit(f"{folder}: {sorted(output)}, not {sorted(expected)}")
        module = case.module().double()
        module.load_state_dict({name: tensor.double() for name, tensor in load(folder / "export.safetensors").items()})
        again = case.run(module)
        for name, tensor in expected.items():
            kind = "gradients" if name.startswith("grad.") else "outputs"
            worst[kind] = max(worst[kind], difference(tensor, output[name]))
            if kind == "outputs":
                worst["exported"] = max(worst["exported"], difference(tensor, again[name]))
    print(f"{len(folders)} models; largest differences:", ", ".join(f"{what} {off:.1e}" for what, off in worst.items()))
    if not (folders and worst["outputs"] <= OUTPUTS and worst["gradients"] <= GRADIENTS and worst["exported"] <= EXPORTED):
        raise SystemExit("too different")


def show():
    unroll = str(pathlib.Path(__file__).resolve().parents[3] / "unroll")
    with tempfile.TemporaryDirectory() as place:
        make(place, 1)
        folder = folder_of(place, 0)
        spec, *options = (folder / "model.txt").read_text().split()
        commands = [
            ["import", "--from", folder / "weights.safetensors", "--model", spec, "--out", folder / "model"],
            ["run", "--model", folder / "model", "--input", folder / "input.safetensors", "--output",
             folder / "output.safetensors", "--gradients", *options],
            ["export", "--model", folder / "model", "--to", folder / "export.safetensors"]]
        for command in commands:
            print("bench/unroll", *command)
            subprocess.run([unroll, *map(str, command)], check=True)
        check(place)


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        make(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1:2] == ["check"]:
        check(sys.argv[2])
    else:
        show()
