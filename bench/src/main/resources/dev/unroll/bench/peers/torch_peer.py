"""PyTorch's side of "unroll peers": reads requests from standard input, a line each, and answers with a line each.

    product TYPE M N K THREADS + the bytes of both operands   -> ready
    activation TYPE NAME SIZE THREADS + the bytes of x        -> ready, or no if PyTorch has no such function
    network f32 train|ragged|infer|step CELL LAYERS HIDDEN INPUTS EMBEDDED BATCH STEPS BYTES THREADS
        + a safetensors file of so many bytes, what is read and what is predicted, in [0, 1)  -> ready, or no and the reason
    run CALLS                                                 -> nanoseconds of all calls together
    result                                                    -> its number of bytes, then the bytes
"""
import json, sys, time

try:
    import torch
    from torch import nn
    from torch.nn import functional as F
    from torch.nn.utils import rnn
except Exception as e:
    print("error", type(e).__name__ + ":", e, flush=True)
    sys.exit(0)

TYPES = {"f32": torch.float32, "f64": torch.float64}
requests, answers = sys.stdin.buffer, sys.stdout.buffer


def functions():
    special, native = torch.special, torch._C._nn
    return {"exp": torch.exp, "log": torch.log, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
            "relu": lambda x, out: torch.clamp(x, min=0, out=out), "softplus": getattr(native, "softplus", None),
            "expm1": special.expm1, "log1p": special.log1p}


def read(dtype, *shape):
    count = 1
    for size in shape:
        count *= size
    data = bytearray(requests.read(count * dtype.itemsize))
    return torch.frombuffer(data, dtype=dtype).clone().reshape(shape)


def answer(text):
    answers.write(text.encode() + b"\n")
    answers.flush()


def product(dtype, m, n, k):
    a, b, out = read(dtype, m, k), read(dtype, k, n), torch.empty(m, n, dtype=dtype)
    return lambda: torch.mm(a, b, out=out), out


def activation(dtype, name, size):
    function, x, out = functions().get(name), read(dtype, size), torch.empty(size, dtype=dtype)
    return (lambda: function(x, out=out)) if function else None, out


def weights(size):
    data = bytearray(requests.read(size))
    begin = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:begin])
    return {name: torch.frombuffer(data[begin + info["data_offsets"][0]:begin + info["data_offsets"][1]],
                                   dtype=torch.float32).clone().reshape(info["shape"])
            for name, info in header.items() if name != "__metadata__"}


class Cells(nn.Module):
    """nn.RNN, nn.GRU or nn.LSTM under a linear output, over an embedding or one-hot vectors."""

    def __init__(self, cell, layers, hidden, inputs, embedded):
        super().__init__()
        module = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[cell]
        self.embedded, self.inputs, self.output = embedded, inputs, nn.Linear(hidden, inputs)
        self.layer0 = nn.Embedding(inputs, hidden) if embedded else module(inputs, hidden, layers)
        self.layer1 = module(hidden, hidden, layers) if embedded else None

    def forward(self, ids, lengths=None):
        x = self.layer0(ids) if self.embedded else F.one_hot(ids, self.inputs).float()
        if lengths is not None:
            x = rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
        states = (self.layer1 if self.embedded else self.layer0)(x)[0]
        return self.output(states if lengths is None else states.data)


class DeepTransition(nn.Module):
    """The DT(S)-RNN with one layer between the states, as a user of PyTorch writes it."""

    def __init__(self, hidden, inputs):
        super().__init__()
        self.first, self.second = nn.Linear(inputs, hidden), nn.Linear(inputs, hidden)
        self.lower, self.upper, self.shortcut = (nn.Linear(hidden, hidden, bias=False) for _ in range(3))
        self.output = nn.Linear(hidden, inputs)

    def take(self, ours):
        n = self.lower.in_features
        for linear, part in ((self.first, slice(0, n)), (self.second, slice(n, 2 * n))):
            linear.weight.copy_(ours["layer0.input.weight"][:, part].T)
            linear.bias.copy_(ours["layer0.input.bias"].flatten()[part])
        for linear, name in ((self.lower, "layer0.recurrent"), (self.upper, "layer0.1.weight"),
                             (self.shortcut, "layer0.1.shortcut"), (self.output, "output.weight")):
            linear.weight.copy_(ours[name].T)
        self.output.bias.copy_(ours["output.bias"].flatten())

    def forward(self, x):
        a, b, states = self.first(x), self.second(x), []
        h = torch.zeros(x.shape[1], self.lower.in_features)
        for t in range(x.shape[0]):
            z = torch.sigmoid(a[t] + self.lower(h))
            h = torch.sigmoid(b[t] + self.upper(z) + self.shortcut(h))
            states.append(h)
        return self.output(torch.stack(states))


def numbers(use, cell, layers, hidden, inputs, embedded, batch, steps):
    """What is read and what is predicted: frames, or ids."""
    frames = cell == "dts" or use == "step"
    both = [read(torch.float32, steps, batch, inputs if frames else 1) for _ in range(2)]
    return both if frames else [(z.squeeze(2) * inputs).long().clamp(max=inputs - 1) for z in both]


def network(use, cell, layers, hidden, inputs, embedded, batch, steps, ours, x, y):
    frames = cell == "dts" or use == "step"
    if use == "step":
        module, state = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[cell](inputs, hidden, layers), [None]
        module.load_state_dict(ours)

        def step():
            with torch.inference_mode():
                result, state[0] = module(x, state[0])
                return result
        return step, step().clone()
    model = DeepTransition(hidden, inputs) if frames else Cells(cell, layers, hidden, inputs, embedded)
    model.take(ours) if frames else model.load_state_dict(ours)
    if use == "infer":
        def infer():
            with torch.inference_mode():
                return model(x)
        return infer, infer().clone()
    parameters = list(model.parameters())
    sgd = torch.optim.SGD(parameters, lr=0.1)

    lengths = None
    if use == "ragged":
        lengths = [1 + b * 7 % batch * (steps - 1) // (batch - 1) for b in range(batch)]
        y = rnn.pack_padded_sequence(y, lengths, enforce_sorted=False).data

    def train():
        with torch.enable_grad():
            outputs = model(x) if lengths is None else model(x, lengths)
            loss = (F.binary_cross_entropy_with_logits(outputs, y, reduction="sum") / (batch * steps) if frames
                    else F.cross_entropy(outputs.reshape(-1, inputs), y.reshape(-1)))
            sgd.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            sgd.step()
            return loss.detach()
    return train, train().reshape(1)


def measure(call, calls):
    start = time.perf_counter_ns()
    for _ in range(calls):
        call()
    return time.perf_counter_ns() - start


torch.set_grad_enabled(False)
answer("torch " + torch.__version__)
call, out = None, None
for line in requests:
    words = line.decode().split()
    if words[0] == "run":
        answer(str(measure(call, int(words[1]))))
    elif words[0] == "result":
        answer(str(out.nbytes))
        answers.write(bytes(out.untyped_storage()))
        answers.flush()
    else:
        torch.set_num_threads(int(words[-1]))
        sizes = [int(word) for word in words[2:-1] if word.isdigit()]
        dtype = TYPES[words[1]]
        if words[0] == "network":
            sizes = [*map(int, words[4:7]), words[7] == "true", *map(int, words[8:10])]
            given = weights(int(words[10])), *numbers(words[2], words[3], *sizes)
            try:
                call, out = network(words[2], words[3], *sizes, *given)
                answer("ready")
            except Exception as e:
                answer("no " + type(e).__name__ + ": " + " ".join(str(e).split()))
            continue
        call, out = product(dtype, *sizes) if words[0] == "product" else activation(dtype, words[2], *sizes)
        answer("ready" if call else "no")
