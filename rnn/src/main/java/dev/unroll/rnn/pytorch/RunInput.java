package dev.unroll.rnn.pytorch;

import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.io.MalformedFileException;
import dev.unroll.rnn.io.Safetensors;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.io.TensorInfo;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.spec.LayerOption;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The tensors that a network is run on, checked against the network. */
final class RunInput {
    private static final String X = "x";
    private static final String LENGTHS = "lengths";
    private static final String DY = "dy";

    private final Safetensors file;
    private final Map<String, TensorInfo> infos = new HashMap<>();
    private final boolean isBatchFirst;
    private final int inputs;
    private final int outputs;
    private final List<StateTensor> states;
    private final SequenceLayout layout;

    /**
     * A tensor of states.
     *
     * @param module whose
     * @param part h, 0, or c, 1, of its layers
     * @param name without what says whether it is the first or the last
     * @param size columns
     */
    record StateTensor(PyTorchModule module, int part, String name, int size) {
        String first() {
            return name + "0";
        }

        String last() {
            return name + "_n";
        }

        int blocks() {
            return module.count() * module.directions();
        }
    }

    RunInput(Safetensors file, DeepRnn network, boolean isBatchFirst) throws IOException {
        this.file = file;
        this.isBatchFirst = isBatchFirst;
        inputs = network.inputs();
        outputs = network.outputs();
        for (TensorInfo info : file.tensors()) {
            infos.put(info.name(), info);
        }
        states = states(PyTorchModule.of(network.spec()));
        layout = layoutOf(info(X));
    }

    private static List<StateTensor> states(List<PyTorchModule> modules) {
        List<PyTorchModule> recurrent = modules.stream().filter(PyTorchModule::isRecurrent).toList();
        List<StateTensor> states = new ArrayList<>();
        for (PyTorchModule module : recurrent) {
            String prefix = recurrent.size() == 1 ? "" : module.name();
            int cell = module.layer().sizes().getLast();
            int hidden = module.layer().get(LayerOption.PROJECTION, cell);
            states.add(new StateTensor(module, 0, PyTorchNames.join(prefix, "h"), hidden));
            if (module.partsOfState() == 2) {
                states.add(new StateTensor(module, 1, PyTorchNames.join(prefix, "c"), cell));
            }
        }
        return states;
    }

    /** Refuses a tensor with a name that means nothing, which is more often a mistake than meant. */
    void requireKnown() throws MalformedFileException {
        Set<String> known = new LinkedHashSet<>(List.of(X, LENGTHS, DY));
        states.forEach(state -> known.add(state.first()));
        List<String> names = new ArrayList<>(infos.keySet());
        names.addAll(file.skipped().keySet());
        for (String name : names) {
            if (!known.contains(name)) {
                throw fault("the tensor " + Shown.quote(name) + " is not known; known are "
                        + Shown.brief(String.join(", ", known)));
            }
        }
    }

    /** Whether x is ids. */
    boolean isIds() throws MalformedFileException {
        return !info(X).type().isFloating();
    }

    List<StateTensor> states() {
        return states;
    }

    SequenceLayout layout() {
        return layout;
    }

    private SequenceLayout layoutOf(TensorInfo x) throws IOException {
        long[] shape = x.shape();
        boolean isFitting = x.type().isFloating() ? shape.length == 3 && shape[2] == inputs : shape.length == 2;
        if (!isFitting || shape[0] < 1 || shape[1] < 1) {
            String order = isBatchFirst ? "[B, T" : "[T, B";
            throw fault("expected x to be of shape " + order + ", " + inputs + "], or " + order + "] of ids, but found "
                    + x + "; give x of the model's inputs");
        }
        if (shape[0] > Integer.MAX_VALUE / shape[1]) {
            throw fault("has too many steps, " + x + "; give fewer at once");
        }
        int steps = (int) shape[isBatchFirst ? 1 : 0];
        int batch = (int) shape[isBatchFirst ? 0 : 1];
        if (!infos.containsKey(LENGTHS)) {
            return SequenceLayout.of(steps, batch);
        }
        if (info(LENGTHS).type().isFloating()) {
            throw fault("expected lengths of I32 or I64 but found " + info(LENGTHS) + "; convert them");
        }
        try {
            return SequenceLayout.padded(steps, ints(read(LENGTHS, batch)));
        } catch (IllegalArgumentException e) {
            throw fault(LENGTHS + ": " + e.getMessage());
        }
    }

    private static int[] ints(double... numbers) {
        return Arrays.stream(numbers).mapToInt(number -> (int) number).toArray();
    }

    /** The numbers of x, row t * B + b of step t of sequence b. */
    double[] x() throws IOException {
        double[] x = rows(read(X, info(X).shape()));
        int columns = x.length / (int) layout.rows();
        for (int i = 0; i < x.length; i++) {
            if (!Double.isFinite(x[i]) && !layout.isPadding(i / columns)) {
                throw fault("x of " + place(i / columns) + " is " + x[i] + "; expected finite numbers");
            }
        }
        return x;
    }

    int[] ids() throws IOException {
        int[] ids = ints(rows(read(X, info(X).shape())));
        for (int row = 0; row < ids.length; row++) {
            if ((ids[row] < 0 || ids[row] >= inputs) && !layout.isPadding(row)) {
                throw fault("x of " + place(row) + " is " + ids[row] + "; expected ids from 0 to " + (inputs - 1));
            }
        }
        return ids;
    }

    private String place(int row) {
        return "step " + row / layout.batch() + " of sequence " + row % layout.batch();
    }

    /** The gradient of y, zero in padding. */
    double[] dy() throws IOException {
        return withoutPadding(rows(read(DY, sizes(outputs))));
    }

    boolean has(StateTensor state) {
        return infos.containsKey(state.first());
    }

    /** The first states of all layers and directions behind each other. */
    double[] first(StateTensor state) throws IOException {
        return read(state.first(), state.blocks(), layout.batch(), state.size());
    }

    /** The shape of x, y or dy of so many columns. */
    long[] sizes(long columns) {
        return isBatchFirst
                ? new long[] {layout.batch(), layout.steps(), columns}
                : new long[] {layout.steps(), layout.batch(), columns};
    }

    double[] withoutPadding(double... rows) {
        int columns = rows.length / (int) layout.rows();
        for (int row = 0; layout.isPadded() && row < layout.rows(); row++) {
            if (layout.isPadding(row)) {
                Arrays.fill(rows, row * columns, (row + 1) * columns, 0);
            }
        }
        return rows;
    }

    /** The rows of a file in the order of a layout. */
    private double[] rows(double... numbers) {
        return isBatchFirst ? turned(layout.batch(), layout.steps(), numbers) : numbers;
    }

    /** The rows of a layout in the order of a file. */
    double[] inFileOrder(double... rows) {
        return isBatchFirst ? turned(layout.steps(), layout.batch(), rows) : rows;
    }

    private static double[] turned(int first, int second, double... numbers) {
        int columns = numbers.length / (first * second);
        double[] turned = new double[numbers.length];
        for (int i = 0; i < first; i++) {
            for (int j = 0; j < second; j++) {
                System.arraycopy(numbers, (i * second + j) * columns, turned, (j * first + i) * columns, columns);
            }
        }
        return turned;
    }

    private double[] read(String name, long... shape) throws IOException {
        TensorInfo info = info(name);
        TensorInfo expected = new TensorInfo(name, info.type(), shape);
        if (!info.equals(expected)) {
            throw fault("expected " + expected + " but found " + info + "; give it for this model and this x");
        }
        return TensorFile.read(file, info);
    }

    private TensorInfo info(String name) throws MalformedFileException {
        TensorInfo info = infos.get(name);
        if (info == null) {
            String type = file.skipped().get(name);
            throw fault(type == null
                    ? "there is no tensor " + Shown.quote(name) + " in it; add it"
                    : "the tensor " + Shown.quote(name) + " is of type " + type + ", which is not read; convert it");
        }
        return info;
    }

    private MalformedFileException fault(String problem) {
        return new MalformedFileException(file.source(), problem);
    }
}
