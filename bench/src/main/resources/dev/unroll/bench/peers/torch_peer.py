"""PyTorch's side of "unroll peers": reads requests from standard input, a line each, and answers with a line each.

    product TYPE M N K THREADS + the bytes of both operands   -> ready
    activation TYPE NAME SIZE THREADS + the bytes of x        -> ready, or no if PyTorch has no such function
    run CALLS                                                 -> nanoseconds of all calls together
    result                                                    -> its number of bytes, then the bytes
"""
import sys, time

try:
    import torch
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
        call, out = product(dtype, *sizes) if words[0] == "product" else activation(dtype, words[2], *sizes)
        answer("ready" if call else "no")
