package dev.unroll.kernels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A public call on tensors as data, so that what holds for all calls is tested for all; {@link #all} is the table. */
record Face(String name, List<Operand> operands, Call call) {
    /** The sizes that shapes are written in: batch, vocabulary and hidden size. */
    record Sizes(int b, int v, int n) {}

    /** One tensor of a call, with its shape as a matrix. */
    record Operand(String name, String marks, String rows, String columns) {
        private static final Pattern PATTERN = Pattern.compile("(\\w+)([!~#%^+]*)\\[(\\w+),(\\w+)]");

        static List<Operand> list(String text) {
            return Arrays.stream(text.split(" ")).map(Operand::of).toList();
        }

        private static Operand of(String text) {
            Matcher m = PATTERN.matcher(text);
            if (!m.matches()) {
                throw new IllegalArgumentException(text);
            }
            return new Operand(m.group(1), m.group(2), m.group(3), m.group(4));
        }

        boolean isOutput() {
            return marks.contains("!");
        }

        /** Whether it is an output that may be an input of its shape itself. */
        boolean mayBeInput() {
            return marks.contains("~");
        }

        /** Whether another operand has the same shape and as much type. */
        boolean isLike(Operand other) {
            return rows.equals(other.rows) && columns.equals(other.columns) && isIds() == other.isIds();
        }

        boolean isIds() {
            return marks.contains("#") || isMask() || isAscending();
        }

        /** Whether any number may stand there. */
        boolean isMask() {
            return marks.contains("%");
        }

        boolean isAscending() {
            return marks.contains("^");
        }

        boolean isPositive() {
            return marks.contains("+");
        }

        /** Whether a size is written with the same letter. */
        boolean mentions(String size) {
            return rows.endsWith(letter(size)) || columns.endsWith(letter(size));
        }

        private static String letter(String size) {
            return size.substring(size.length() - 1);
        }

        int rows(Sizes sizes) {
            return size(rows, sizes);
        }

        int columns(Sizes sizes) {
            return size(columns, sizes);
        }

        private static int size(String text, Sizes sizes) {
            return switch (text) {
                case "0" -> 0;
                case "1" -> 1;
                case "b", "m" -> sizes.b;
                case "2b" -> 2 * sizes.b;
                case "v" -> sizes.v;
                case "2v" -> 2 * sizes.v;
                case "n" -> sizes.n;
                case "3n" -> 3 * sizes.n;
                case "4n" -> 4 * sizes.n;
                default -> throw new IllegalArgumentException(text);
            };
        }
    }

    /** The call; what returns nothing gives 0. */
    interface Call {
        double on(Tensor[] t, WorkerPool pool);
    }

    /** A call that returns nothing. */
    interface Action {
        void on(Tensor[] t, WorkerPool pool);
    }

    private static Face face(String name, String operands, Action action) {
        return new Face(name, Operand.list(operands), (t, pool) -> {
            action.on(t, pool);
            return 0;
        });
    }

    private static Face sum(String name, Call call) {
        return new Face(name, Operand.list("x[b,n]"), call);
    }

    /** Whether no other operand says how large this one must be there. */
    boolean isFree(Operand operand, String size) {
        boolean isNumber = size.equals("0") || size.equals("1");
        return !isNumber && operands.stream().noneMatch(other -> other != operand && other.mentions(size));
    }

    /**
     * Operands in the order of the call. {@code !} is written or added to, {@code ~} may be an input itself; {@code #}
     * holds ids below v, {@code ^} ascending ones, and {@code +} numbers from 0 to 1.
     */
    static List<Face> all() {
        List<Face> faces = new ArrayList<>();
        faces.add(face("Gemm.nn", "a[b,v] b[v,n] c![b,n]", (t, pool) -> Gemm.nn(0.3, t[0], t[1], -0.7, t[2], pool)));
        faces.add(face("Gemm.nt", "a[b,v] b[n,v] c![b,n]", (t, pool) -> Gemm.nt(0.3, t[0], t[1], -0.7, t[2], pool)));
        faces.add(face("Gemm.tn", "a[v,b] b[v,n] c![b,n]", (t, pool) -> Gemm.tn(0.3, t[0], t[1], -0.7, t[2], pool)));
        faces.add(face("Gemm.tt", "a[v,b] b[n,v] c![b,n]", (t, pool) -> Gemm.tt(0.3, t[0], t[1], -0.7, t[2], pool)));
        String three = "x[b,n] y[b,n] z!~[b,n]";
        faces.add(face("Elementwise.add", three, (t, pool) -> Elementwise.add(t[0], t[1], t[2], pool)));
        faces.add(face("Elementwise.multiply", three, (t, pool) -> Elementwise.multiply(t[0], t[1], t[2], pool)));
        faces.add(face("Elementwise.multiplyAdd", three, (t, pool) -> Elementwise.multiplyAdd(t[0], t[1], t[2], pool)));
        faces.add(face("Elementwise.lerp", three, (t, pool) -> Elementwise.lerp(0.3, t[0], t[1], t[2], pool)));
        faces.add(face("Elementwise.axpy", "x[b,n] y!~[b,n]", (t, pool) -> Elementwise.axpy(0.3, t[0], t[1], pool)));
        faces.add(face("Elementwise.scale", "x![b,n]", (t, pool) -> Elementwise.scale(0.3, t[0], pool)));
        faces.add(face("Elementwise.copyToRows", "row[1,n] y![m,n]",
                (t, pool) -> Elementwise.copyToRows(t[0], t[1], pool)));
        faces.add(face("Elementwise.addColumnSums", "x[m,n] y![1,n]",
                (t, pool) -> Elementwise.addColumnSums(t[0], t[1], pool)));
        faces.add(sum("Reductions.sum", (t, pool) -> Reductions.sum(t[0], pool)));
        faces.add(sum("Reductions.sumOfSquares", (t, pool) -> Reductions.sumOfSquares(t[0], pool)));
        faces.add(sum("Reductions.norm", (t, pool) -> Reductions.norm(t[0], pool)));
        faces.add(sum("Reductions.max", (t, pool) -> Reductions.max(t[0], pool)));
        faces.add(sum("Reductions.argmax", (t, pool) -> Reductions.argmax(t[0], pool)));
        faces.add(new Face("Reductions.normOfRows", Operand.list("ids^[1,b] x[v,n]"),
                (t, pool) -> Reductions.normOfRows(t[0], t[1], pool)));
        for (Activation f : Activation.values()) {
            faces.add(face("Activations.forward", "x[b,n] y!~[b,n]",
                    (t, pool) -> Activations.forward(f, t[0], t[1], pool)));
            faces.add(face("Activations.backward", "y[b,n] dy[b,n] dx![b,n]",
                    (t, pool) -> Activations.backward(f, t[0], t[1], t[2], pool)));
            faces.add(face("RnnCell.forward", "p[b,n] h![b,n]", (t, pool) -> RnnCell.forward(f, t[0], t[1], pool)));
            faces.add(face("RnnCell.backward", "h[b,n] dh[b,n] delta![b,n]",
                    (t, pool) -> RnnCell.backward(f, t[0], t[1], t[2], pool)));
        }
        faces.add(face("LstmCell.forward", "p[b,4n] gates![b,4n] c[b,n] nextC![b,n] tanhC![b,n] nextH![b,n]",
                (t, pool) -> LstmCell.forward(t[0], t[1], t[2], t[3], t[4], t[5], pool)));
        faces.add(face("LstmCell.backward",
                "gates[b,4n] c[b,n] tanhC[b,n] dNextH[b,n] dNextC[b,n] delta![b,4n] dc![b,n]",
                (t, pool) -> LstmCell.backward(t[0], t[1], t[2], t[3], t[4], t[5], t[6], pool)));
        faces.add(face("GruCell.forward", "p[b,3n] gates![b,3n] bias[1,n] h[b,n] q![b,n] nextH![b,n]",
                (t, pool) -> GruCell.forward(t[0], t[1], t[2], t[3], t[4], t[5], pool)));
        faces.add(face("GruCell.backward",
                "gates[b,3n] h[b,n] q[b,n] dNextH[b,n] delta![b,3n] recurrent![b,3n] dh![b,n]",
                (t, pool) -> GruCell.backward(t[0], t[1], t[2], t[3], t[4], t[5], t[6], pool)));
        faces.add(face("Softmax.forward", "x[b,v] y!~[b,v]", (t, pool) -> Softmax.forward(t[0], t[1], pool)));
        faces.add(face("Softmax.crossEntropy", "x[b,v] targets#[1,b] probabilities![b,v] losses![b,1]",
                (t, pool) -> Softmax.crossEntropy(t[0], t[1], t[2], t[3], pool)));
        faces.add(face("Softmax.crossEntropyBackward", "probabilities[b,v] targets#[1,b] dx![b,v]",
                (t, pool) -> Softmax.crossEntropyBackward(0.3, t[0], t[1], t[2], pool)));
        faces.add(face("Softmax.crossEntropy", "x[b,v] targets#[1,b] weights[b,1] probabilities![b,v] losses![b,1]",
                (t, pool) -> Softmax.crossEntropy(t[0], t[1], 3, t[2], t[3], t[4], pool)));
        faces.add(face("Softmax.crossEntropyBackward", "probabilities[b,v] targets#[1,b] weights[b,1] dx![b,v]",
                (t, pool) -> Softmax.crossEntropyBackward(0.3, t[0], t[1], 3, t[2], t[3], pool)));
        faces.add(face("Softmax.crossEntropyGradient", "probabilities[b,v] targets#[1,b] weights[b,1] dx!~[b,v]",
                (t, pool) -> Softmax.crossEntropyGradient(0.3, t[0], t[1], 3, t[2], t[3], pool)));
        losses(faces);
        random(faces);
        units(faces);
        Rules.ALL.forEach(rule -> optimizer(rule, faces));
        faces.add(face("Rows.select", "mask%[1,b] a[b,n] b[b,n] y![b,n]",
                (t, pool) -> Rows.select(t[0], t[1], t[2], t[3], pool)));
        faces.add(face("Rows.addWhere", "mask%[1,b] x[b,n] y![b,n]",
                (t, pool) -> Rows.addWhere(t[0], true, t[1], t[2], pool)));
        faces.add(face("Embedding.lookup", "ids#[1,b] table[v,n] y![b,n]",
                (t, pool) -> Embedding.lookup(t[0], t[1], t[2], pool)));
        faces.add(face("Embedding.scatterAdd", "ids#[1,b] dy[b,n] dTable![v,n]",
                (t, pool) -> Embedding.scatterAdd(t[0], t[1], t[2], pool)));
        return faces;
    }

    private static void losses(List<Face> faces) {
        faces.add(face("BinaryCrossEntropy.forward", "x[b,v] targets+[b,v] probabilities![b,v] losses![b,1]",
                (t, pool) -> BinaryCrossEntropy.forward(t[0], t[1], t[2], t[3], pool)));
        faces.add(face("BinaryCrossEntropy.forward",
                "x[b,v] targets+[b,v] weights[b,1] probabilities![b,v] losses![b,1]",
                (t, pool) -> BinaryCrossEntropy.forward(t[0], t[1], t[2], t[3], t[4], pool)));
        faces.add(face("BinaryCrossEntropy.backward", "probabilities[b,v] targets[b,v] dx![b,v]",
                (t, pool) -> BinaryCrossEntropy.backward(0.3, t[0], t[1], t[2], pool)));
        faces.add(face("BinaryCrossEntropy.backward", "probabilities[b,v] targets[b,v] weights[b,1] dx![b,v]",
                (t, pool) -> BinaryCrossEntropy.backward(0.3, t[0], t[1], t[2], t[3], pool)));
        faces.add(face("SquaredError.forward", "x[b,v] targets[b,v] losses![b,1]",
                (t, pool) -> SquaredError.forward(t[0], t[1], t[2], pool)));
        faces.add(face("SquaredError.forward", "x[b,v] targets[b,v] weights[b,1] losses![b,1]",
                (t, pool) -> SquaredError.forward(t[0], t[1], t[2], t[3], pool)));
        faces.add(face("SquaredError.backward", "x[b,v] targets[b,v] dx![b,v]",
                (t, pool) -> SquaredError.backward(0.3, t[0], t[1], t[2], pool)));
        faces.add(face("SquaredError.backward", "x[b,v] targets[b,v] weights[b,1] dx![b,v]",
                (t, pool) -> SquaredError.backward(0.3, t[0], t[1], t[2], t[3], pool)));
        faces.add(face("Huber.forward", "x[b,v] targets[b,v] losses![b,1]",
                (t, pool) -> Huber.forward(0.7, t[0], t[1], t[2], pool)));
        faces.add(face("Huber.forward", "x[b,v] targets[b,v] weights[b,1] losses![b,1]",
                (t, pool) -> Huber.forward(0.7, t[0], t[1], t[2], t[3], pool)));
        faces.add(face("Huber.backward", "x[b,v] targets[b,v] dx![b,v]",
                (t, pool) -> Huber.backward(0.3, 0.7, t[0], t[1], t[2], pool)));
        faces.add(face("Huber.backward", "x[b,v] targets[b,v] weights[b,1] dx![b,v]",
                (t, pool) -> Huber.backward(0.3, 0.7, t[0], t[1], t[2], t[3], pool)));
    }

    private static void units(List<Face> faces) {
        faces.add(face("ResetBeforeGruCell.gates", "p[b,3n] gates![b,3n] h[b,n] s![b,n]",
                (t, pool) -> ResetBeforeGruCell.gates(t[0], t[1], t[2], t[3], pool)));
        faces.add(face("ResetBeforeGruCell.candidate", "p[b,3n] gates![b,3n] h[b,n] nextH![b,n]",
                (t, pool) -> ResetBeforeGruCell.candidate(t[0], t[1], t[2], t[3], pool)));
        faces.add(face("ResetBeforeGruCell.candidateBackward",
                "gates[b,3n] h[b,n] dNextH[b,n] delta![b,3n] dh![b,n]",
                (t, pool) -> ResetBeforeGruCell.candidateBackward(t[0], t[1], t[2], t[3], t[4], pool)));
        faces.add(face("ResetBeforeGruCell.gatesBackward", "gates[b,3n] h[b,n] ds[b,n] delta![b,3n] dh![b,n]",
                (t, pool) -> ResetBeforeGruCell.gatesBackward(t[0], t[1], t[2], t[3], t[4], pool)));
        faces.add(face("Maxout.forward", "x[b,3n] y![b,n]", (t, pool) -> Maxout.forward(3, t[0], t[1], pool)));
        faces.add(face("Maxout.backward", "x[b,3n] y[b,n] dy[b,n] dx![b,3n]",
                (t, pool) -> Maxout.backward(3, t[0], t[1], t[2], t[3], pool)));
        faces.add(face("LpUnit.forward", "x[b,3n] orders[1,n] y![b,n]",
                (t, pool) -> LpUnit.forward(3, t[0], t[1], t[2], pool)));
        faces.add(face("LpUnit.backward", "x[b,3n] orders[1,n] y[b,n] dy[b,n] dx![b,3n] dOrders![1,n]",
                (t, pool) -> LpUnit.backward(3, t[0], t[1], t[2], t[3], t[4], t[5], pool)));
        faces.add(face("LayerNorm.forward", "x[b,n] gain[1,n] bias[1,n] y![b,n] mean![b,1] rstd![b,1]",
                (t, pool) -> LayerNorm.forward(0.1, t[0], t[1], t[2], t[3], t[4], t[5], pool)));
        faces.add(face("LayerNorm.backward", "x[b,n] gain[1,n] mean[b,1] rstd[b,1] dy[b,n] dx![b,n]",
                (t, pool) -> LayerNorm.backward(t[0], t[1], t[2], t[3], t[4], t[5], pool)));
        faces.add(face("LayerNorm.parametersBackward", "x[b,n] mean[b,1] rstd[b,1] dy[b,n] dGain![1,n] dBias![1,n]",
                (t, pool) -> LayerNorm.parametersBackward(t[0], t[1], t[2], t[3], t[4], t[5], pool)));
    }

    private static void optimizer(UpdateRule rule, List<Face> faces) {
        UpdateStep step = new UpdateStep(3, 0.1, 0.9, 0.8, 0.01);
        List<String> state = List.of("state!+[0,n]", "state!+[b,n]", "state!+[2b,n]");
        faces.add(face("Optimizers.update", "values![b,n] gradients![b,n] " + state.get(rule.states()),
                (t, pool) -> Optimizers.update(rule, step, t[0], t[1], t[2], pool)));
        faces.add(face("Optimizers.updateRows",
                "ids^[1,b] values![v,n] gradients![v,n] " + state.get(rule.states()).replace('b', 'v'),
                (t, pool) -> Optimizers.updateRows(rule, step, t[0], t[1], t[2], t[3], pool)));
    }

    private static void random(List<Face> faces) {
        faces.add(
                face("Dropout.forward", "x[b,n] y!~[b,n]", (t, pool) -> Dropout.forward(0.3, 5, 8, t[0], t[1], pool)));
        faces.add(face("Dropout.backward", "dy[b,n] dx![b,n]",
                (t, pool) -> Dropout.backward(0.3, 5, 8, t[0], t[1], pool)));
        faces.add(face("Noise.add", "x[b,n] y!~[b,n]", (t, pool) -> Noise.add(0.3, 5, 8, t[0], t[1], pool)));
    }

    /** Enough for three parts by the rule of {@link Partition}: 73728 elements for the cheapest kernels. */
    Sizes large() {
        boolean heavy = name.startsWith("Lstm") || name.startsWith("Gru") || name.startsWith("Gemm");
        return heavy ? new Sizes(150, 47, 101) : new Sizes(150, 700, 701);
    }

    /** Random operands; what the kernels read without gaps has none. */
    Tensor[] operands(Samples samples, Sizes sizes) {
        Tensor[] tensors = new Tensor[operands.size()];
        for (int i = 0; i < tensors.length; i++) {
            Operand operand = operands.get(i);
            if (operand.isAscending()) {
                tensors[i] = samples.ascendingIds(operand.columns(sizes), sizes.v());
            } else if (operand.isIds()) {
                tensors[i] = samples.ids(operand.columns(sizes), sizes.v());
            } else if (operand.columns().equals("1")) {
                tensors[i] = samples.perRow(operand.rows(sizes), operand.isOutput());
            } else if (operand.isPositive()) {
                tensors[i] = samples.positive(operand.rows(sizes), operand.columns(sizes));
            } else if (operand.name().equals("orders")) {
                tensors[i] = samples.orders(operand.columns(sizes));
            } else {
                tensors[i] = samples.uniform(operand.rows(sizes), operand.columns(sizes));
            }
        }
        return tensors;
    }

    @Override
    public String toString() {
        return name;
    }
}
