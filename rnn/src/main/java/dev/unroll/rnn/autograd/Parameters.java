package dev.unroll.rnn.autograd;

import dev.unroll.kernels.Bfloat16;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.UpdateRule;
import dev.unroll.kernels.UpdateStep;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.kernels.Workspace;
import dev.unroll.rnn.init.Initialization;
import dev.unroll.rnn.init.Initializer;
import dev.unroll.rnn.internal.Nulls;
import dev.unroll.rnn.io.JsonObject;
import dev.unroll.rnn.io.Resumable;
import dev.unroll.rnn.io.Shown;
import dev.unroll.rnn.io.StateReader;
import dev.unroll.rnn.io.StateWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * All parameters of a model in one slab, and their gradients in a second of the same layout: the optimizer, clipping
 * and saving are one pass each, or less: {@link #update} tells which rows are left out. Cells declare their parameters first; {@link #allocate} allocates all of them together.
 *
 * <p>Many threads may read them while none changes them; who changes them holds them for itself, and another thread is refused meanwhile.
 */
public final class Parameters implements Resumable {
    private static final String DESCRIBED = "parameters";
    private static final String SHAPE = "shape";
    private static final String RATE_FACTOR = "rate_factor";
    private static final String VALUES = "values";

    private final List<Parameter> all = new ArrayList<>();
    private final Set<String> names = new LinkedHashSet<>();
    private final Initialization initialization;
    private Workspace workspace;
    private Tensor values;
    private Tensor readOnly;
    private List<Gradients.Part> layout = List.of();
    private Gradients gradients;
    private long perLine;
    private volatile long version;
    private volatile boolean isBfloat16;

    /** Creates an empty set of parameters that are initialized as declared. */
    public Parameters() {
        this(Initialization.USUAL);
    }

    /**
     * Creates an empty set of parameters.
     *
     * @param initialization overrides the declared initializers
     */
    public Parameters(Initialization initialization) {
        this.initialization = initialization;
    }

    /**
     * Declares a parameter.
     *
     * @param name unique among these
     * @param usual its initializer, unless the {@link Initialization} chooses another
     * @param shape {@code [inputs, outputs]} of a matrix that is multiplied as {@code x W}, {@code [outputs]} of a bias
     * @return the parameter, without memory until {@link #allocate}
     * @throws IllegalArgumentException if the name is taken or a size is not positive
     * @throws IllegalStateException if the memory was allocated already
     */
    public Parameter declare(String name, Initializer usual, long... shape) {
        return add(name, initialization.choose(name, usual, shape), shape);
    }

    /**
     * Declares matrices of one input side by side, such as those of the gates of a cell, as one parameter. The
     * {@link Initialization} chooses for each matrix separately.
     *
     * @param name unique among these
     * @param usual their initializer, unless another is chosen
     * @param inputs rows of all of them
     * @param outputs columns of each
     * @return the parameter, {@code [inputs, sum of outputs]}, without memory until {@link #allocate}
     * @throws IllegalArgumentException if the name is taken or a size is not positive
     * @throws IllegalStateException if the memory was allocated already
     */
    public Parameter declare(String name, Initializer usual, int inputs, List<Integer> outputs) {
        long all = outputs.stream().mapToLong(Integer::longValue).sum();
        List<Initializer> chosen =
                outputs.stream().map(size -> initialization.choose(name, usual, inputs, size)).toList();
        boolean isUsual = chosen.stream().allMatch(initializer -> initializer == usual);
        return add(name, isUsual ? usual : Initializer.blocks(outputs, chosen), inputs, all);
    }

    private Parameter add(String name, Initializer initializer, long... shape) {
        if (values != null) {
            throw new IllegalStateException("parameter " + name + ": declare all parameters before allocate()");
        }
        for (long size : shape) {
            if (size <= 0) {
                throw new IllegalArgumentException("parameter " + name + ": every size must be positive, not " + size);
            }
        }
        if (!names.add(name)) {
            throw new IllegalArgumentException("parameter " + name + " is declared twice; give each its own name");
        }
        Parameter parameter = new Parameter(this, all.size(), name, initializer, shape.clone());
        all.add(parameter);
        return parameter;
    }

    /**
     * Allocates the values of all parameters, and initializes them in the order of declaration.
     *
     * @param in the workspace that owns them
     * @param type of the elements
     * @param random draws the first values
     * @throws IllegalStateException if called twice, or the workspace has no room
     */
    public void allocate(Workspace in, ElementType type, RandomGenerator random) {
        if (values != null) {
            throw new IllegalStateException("the parameters have their memory already; call allocate only once");
        }
        perLine = Workspace.ALIGNMENT / type.bytes();
        workspace = in;
        long size = all.stream().mapToLong(this::paddedSize).sum();
        // The padding is zero and stays it: its gradient is zero too.
        values = in.zeros(type, size);
        readOnly = values.asReadOnly();
        layout = layout();
        for (Gradients.Part part : layout) {
            Parameter p = part.parameter();
            p.setStorage(new ParameterStorage(part.of(values), part.touched()));
            p.initializer().fill(p.storage().values(), random);
        }
        changed();
    }

    private List<Gradients.Part> layout() {
        List<Gradients.Part> parts = new ArrayList<>();
        long from = 0;
        for (Parameter p : all) {
            long rows = p.shape().length > 1 ? p.shape()[0] : 1;
            parts.add(new Gradients.Part(p, from, paddedSize(p), new TouchedRows(rows)));
            from += paddedSize(p);
        }
        return parts;
    }

    private long paddedSize(Parameter parameter) {
        return (parameter.size() + perLine - 1) / perLine * perLine;
    }

    /** The memory of one parameter, whose gradient is a part of the slab of all. */
    private final class ParameterStorage extends Storage {
        private final TouchedRows touched;

        ParameterStorage(Tensor values, TouchedRows touched) {
            super(values, null);
            this.touched = touched;
        }

        @Override
        Tensor gradients() {
            allGradients();
            return super.gradients();
        }

        @Override
        boolean isOfParameter() {
            return true;
        }

        @Override
        void touchAll() {
            touched.addAll();
        }

        @Override
        boolean touchRows(Tensor ids) {
            touched.add(ids);
            return true;
        }

        @Override
        void shareGradients() {
            touched.addAllForever();
        }
    }

    /** {@return all parameters in the order of declaration, in an unmodifiable list} */
    public List<Parameter> list() {
        return Collections.unmodifiableList(all);
    }

    /**
     * Returns the slab of all values, which {@link #write} changes.
     *
     * @return a read-only view, one row with zeros between parameters, or null before {@link #allocate}
     */
    public Tensor values() {
        return readOnly;
    }

    /**
     * Changes values.
     *
     * @param <E> what it may throw besides unchecked exceptions
     */
    @FunctionalInterface
    public interface Writer<E extends Exception> {
        /**
         * Writes to values.
         *
         * @param values to change, in place; not to be kept
         * @throws E if it fails; what it has written stays
         */
        void write(Tensor values) throws E;
    }

    /**
     * Changes the slab of all values. The parameters are held meanwhile, so that other threads are refused; afterwards
     * packed forms of the values are made anew, also if the writer failed.
     *
     * @param <E> what the writer may throw besides unchecked exceptions
     * @param work names the work in messages, such as "an update"
     * @param writer given the slab in the layout of {@link #values()}; it leaves the zeros between parameters, and must not
     *     keep the tensor
     * @throws E if the writer throws it
     * @throws IllegalStateException before {@link #allocate}, if other work reads or changes the parameters, or if they are
     *     kept as {@linkplain #toBfloat16 bfloat16}
     */
    public <E extends Exception> void write(String work, Writer<E> writer) throws E {
        Nulls.require("Parameters.write", "work", work);
        Nulls.require("Parameters.write", "writer", writer);
        writeTo(work, values, writer);
    }

    <E extends Exception> void writeTo(String work, Tensor target, Writer<E> writer) throws E {
        requireTrainable(work);
        try (var _ = hold(work)) {
            try {
                writer.write(target);
            } finally {
                changed();
            }
        }
    }

    /**
     * Returns the slab of all gradients, in the layout of the values. It is allocated when it is asked for first, so that
     * a model that is not trained does without it.
     *
     * <p>The caller may write to it at any time, so from now on {@link #gradientNorm}, {@link #clearGradients} and {@link
     * #update} visit all of it, as they visit all of a parameter whose {@link Parameter#gradient} was asked for. Until then
     * they leave out rows of lookup tables that nothing flowed back to, with the same results to the last bit.
     *
     * @return zeros at first, or null before {@link #allocate}
     * @throws IllegalStateException if the workspace has no room, or the parameters are kept as
     *     {@linkplain #toBfloat16 bfloat16}
     */
    public Tensor gradients() {
        if (values == null) {
            return null;
        }
        allGradients().share();
        return allGradients().slab();
    }

    private synchronized Gradients allGradients() {
        requireTrainable("gradients");
        if (gradients == null) {
            checkAllocated();
            Gradients zeros = new Gradients(workspace, values.type(), layout);
            layout.forEach(part -> part.parameter().storage().setGradients(part.of(zeros.slab())));
            gradients = zeros;
        }
        return gradients;
    }

    /**
     * Returns the norm of all gradients together, {@code sqrt(sum_i g_i^2)}. It is finite only if every element is, and has
     * the bits of {@link dev.unroll.kernels.Reductions#norm} of {@link #gradients}.
     *
     * @param pool threads to share the work
     * @return the norm, 0 if nothing flowed back
     * @throws IllegalStateException before {@link #allocate}
     */
    public double gradientNorm(WorkerPool pool) {
        return allGradients().norm(Nulls.require("Parameters.gradientNorm", "pool", pool));
    }

    /**
     * Sets all gradients to zero.
     *
     * @throws IllegalStateException before {@link #allocate}
     */
    public void clearGradients() {
        allGradients().clear();
    }

    /**
     * Updates all values by their gradients, each parameter at its {@linkplain Parameter#learningRateMultiplier(double)
     * own rate}, and sets the gradients to zero.
     *
     * <p>The rows of a lookup table that nothing flowed back to have a gradient of zero. {@link UpdateRule.Sgd} without
     * decay keeps their values, so they are not visited: the time of such an update does not depend on the number of rows.
     * Every other rule, and every decay, changes the values or the state of these rows too, and visits all of them. So
     * does any update of a table that is also used otherwise than by lookups, such as that of {@code tied} outputs.
     *
     * @param rule the formula
     * @param step rate, clipping and decay of this update
     * @param stateOrNull as {@link #slabs} gives it, a row for each state of the rule; null for a rule without state
     * @param pool threads to share the work
     * @throws IllegalStateException before {@link #allocate}, or if other work reads or changes the parameters
     */
    public void update(UpdateRule rule, UpdateStep step, Tensor stateOrNull, WorkerPool pool) {
        Nulls.require("Parameters.update", "rule", rule);
        Nulls.require("Parameters.update", "step", step);
        Nulls.require("Parameters.update", "pool", pool);
        write("an update", slab -> allGradients()
                .update(rule, step, slab, stateOrNull == null ? slab.rows(0, 0) : stateOrNull, pool));
    }

    /**
     * Allocates slabs in the layout of {@link #values()}, for an optimizer's state. They live as long as the values.
     *
     * @param count the number of slabs
     * @return zeros, a row for each slab
     * @throws IllegalStateException before {@link #allocate}, if the workspace has no room, or if the parameters are kept as
     *     {@linkplain #toBfloat16 bfloat16}
     */
    public Tensor slabs(int count) {
        requireTrainable("the state of an optimizer");
        checkAllocated();
        return workspace.zeros(values.type(), count, values.columns());
    }

    /**
     * Holds the workspace of the parameters for work that reads or writes all of them, so that other threads are
     * refused.
     *
     * @param holder names the work in messages
     * @return to be closed by the same code
     * @throws IllegalStateException before {@link #allocate}, or if the workspace is closed or held by another thread
     */
    public Workspace.Hold hold(String holder) {
        checkAllocated();
        return workspace.hold(holder);
    }

    /**
     * Holds the workspace of the parameters for work that only reads them, in any number of threads: until all of them are
     * closed, nobody may write to the parameters.
     *
     * @param holder names the work in messages
     * @return to be closed by the same code, in any thread
     * @throws IllegalStateException before {@link #allocate}, or if the workspace is closed or held by another thread
     */
    public Workspace.Hold share(String holder) {
        checkAllocated();
        return workspace.share(holder);
    }

    private void checkAllocated() {
        if (values == null) {
            throw new IllegalStateException("the parameters have no memory yet; call Parameters.allocate first");
        }
    }

    /**
     * A range of columns of the slabs: adjacent parameters with the same learning rate.
     *
     * @param learningRateMultiplier the factor of the optimizer's rate
     * @param from the first column
     * @param size the number of columns
     */
    record Group(double learningRateMultiplier, long from, long size) {
        /**
         * {@return a view of this group's columns}
         * @param slab in the layout of {@link #values()}
         */
        public Tensor of(Tensor slab) {
            return slab.columns(from, size);
        }
    }

    /**
     * Divides the slabs into as few groups as the {@linkplain Parameter#learningRateMultiplier(double) rates} allow.
     *
     * @return the groups in order, covering all columns; one if all parameters have the same rate
     * @throws IllegalStateException before {@link #allocate}
     */
    List<Group> groups() {
        checkAllocated();
        return Gradients.groups(layout);
    }

    /**
     * Copies the values of all parameters of another model whose names begin with a prefix, such as {@code layer0.} of
     * a pretrained network that is a part of this one.
     *
     * @param source stays as it is
     * @param prefix of the names in both models; empty for all
     * @return the parameters that got values, in the order of the source
     * @throws IllegalArgumentException if there are none or some do not fit, see {@link #copyFrom(Parameters, Map)}
     */
    public List<Parameter> copyFrom(Parameters source, String prefix) {
        Map<String, String> names = new LinkedHashMap<>();
        for (Parameter parameter : source.all) {
            if (parameter.name().startsWith(prefix)) {
                names.put(parameter.name(), parameter.name());
            }
        }
        if (names.isEmpty()) {
            throw new IllegalArgumentException(
                    "no parameter to copy begins with " + Shown.quote(prefix) + "; there are "
                            + Shown.brief(source.names.toString()));
        }
        return copyFrom(source, names);
    }

    /**
     * Copies values of parameters of another model.
     *
     * @param source stays as it is
     * @param names from names in the source to names in this model
     * @return the parameters that got values, in the order of the map
     * @throws IllegalArgumentException if some are missing or have other shapes or types; the message lists all of
     *     them, and nothing is copied
     * @throws IllegalStateException if another thread works with either, or these are kept as
     *     {@linkplain #toBfloat16 bfloat16}
     */
    public List<Parameter> copyFrom(Parameters source, Map<String, String> names) {
        requireTrainable("copying parameters");
        try (var _ = hold("copying parameters");
                var _ = source.hold("copying parameters")) {
            return copyHolding(source, names);
        }
    }

    private List<Parameter> copyHolding(Parameters source, Map<String, String> names) {
        List<String> faults = new ArrayList<>();
        names.forEach((from, to) -> source.checkFits(from, this, to, faults));
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(Shown.message("cannot copy parameters: " + String.join("; ", faults)
                    + "; give names of parameters that match in shape and type"));
        }
        List<Parameter> copied = new ArrayList<>();
        names.forEach((from, to) -> {
            Parameter parameter = find(to);
            parameter.storage().values().copyFrom(source.find(from).value());
            copied.add(parameter);
        });
        changed();
        return copied;
    }

    private void checkFits(String name, Parameters target, String nameThere, List<String> faults) {
        Parameter from = find(name);
        Parameter to = target.find(nameThere);
        if (from == null) {
            faults.add("there is no " + name + " to copy from");
        } else if (to == null) {
            faults.add("there is no " + nameThere + " to copy to");
        } else if (!from.value().hasShapeOf(to.value()) || from.value().type() != to.value().type()) {
            faults.add(name + " is " + from.value() + ", but " + nameThere + " is " + to.value());
        }
    }

    private Parameter find(String name) {
        return all.stream().filter(p -> p.name().equals(name)).findFirst().orElse(null);
    }

    /**
     * Saves the values in a safetensors file, a tensor of the name and shape of each parameter; a file that is there is
     * replaced as a whole. Matrices that are kept as {@linkplain #toBfloat16 bfloat16} are tensors of BF16. For cells
     * without a network, which {@code DeepRnn.save} saves with its description.
     *
     * @param file in a folder that is there
     * @throws IOException if writing fails; a file that was there is there still
     * @throws ArithmeticException if a value is not finite; likewise
     * @throws IllegalStateException before {@link #allocate}, or if another thread changes the parameters
     */
    public void save(Path file) throws IOException {
        Nulls.require("Parameters.save", "file", file);
        try (var _ = share("saving parameters")) {
            ParameterFile.write(this, file);
        }
    }

    /**
     * Replaces the values by those of a safetensors file, such as one that {@link #save} wrote. Gradients, factors of the
     * rates and the state of an optimizer stay as they are.
     *
     * @param file with a tensor of the name, type and shape of each parameter and no others
     * @throws IOException if the file is missing or damaged, has other tensors, or a value is not finite; the message
     *     names the tensor, and nothing has changed
     * @throws IllegalStateException before {@link #allocate}, if other work reads or changes the parameters, or if they are
     *     kept as {@linkplain #toBfloat16 bfloat16}
     */
    public void load(Path file) throws IOException {
        Nulls.require("Parameters.load", "file", file);
        requireTrainable("loading parameters");
        try (var _ = hold("loading parameters")) {
            ParameterFile.read(file, this);
        }
    }

    /**
     * Rounds all matrices to {@linkplain Bfloat16 bfloat16}, for inference: from now on their packed forms, which every
     * step reads, take half the memory, and {@link #save} writes half the file. Biases and other rows stay as they are.
     * Products have exactly the bits of those with the rounded matrices in F32, and {@link #values()} holds these.
     *
     * <p>There is no way back: the parameters can no longer be trained or written to. A second call does nothing. Packed
     * forms that were made before keep their memory until the workspace is closed.
     *
     * @throws ArithmeticException if a value is not finite, or beyond the range of bfloat16; nothing has changed
     * @throws IllegalStateException before {@link #allocate}, if the type is F64, or if other work reads or changes the
     *     parameters
     */
    public void toBfloat16() {
        try (var _ = hold("rounding to bfloat16")) {
            if (values.type() != ElementType.F32) {
                throw new IllegalStateException(
                        "parameters of " + values.type() + " cannot be kept as bfloat16, which is"
                                + " a half of F32; build or load the network in F32");
            }
            if (!isBfloat16) {
                all.stream().filter(Parameter::isMatrix).forEach(RoundedMatrix::requireFinite);
                all.stream().filter(Parameter::isMatrix).forEach(RoundedMatrix::round);
                isBfloat16 = true;
                changed();
            }
        }
    }

    /** {@return whether the matrices are kept as {@linkplain #toBfloat16 bfloat16}, for inference only} */
    public boolean isBfloat16() {
        return isBfloat16;
    }

    /** {@return the names of the matrices that are kept as {@linkplain #toBfloat16 bfloat16}, perhaps none} */
    public Set<String> bfloat16Names() {
        return all.stream()
                .filter(parameter -> isBfloat16 && parameter.isMatrix())
                .map(Parameter::name)
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Refuses parameters that are kept as {@linkplain #toBfloat16 bfloat16}.
     *
     * @param work names what they would be used for in the message, such as "training"
     * @throws IllegalStateException if they are
     */
    public void requireTrainable(String work) {
        if (isBfloat16) {
            throw new IllegalStateException(work + " is refused: the weights are kept as bfloat16, for inference only;"
                    + " train or change the F32 network that they were made of, and convert it again");
        }
    }

    /** The part of each parameter of a slab in the layout of the values. */
    SequencedMap<Parameter, Tensor> parts(Tensor slab) {
        SequencedMap<Parameter, Tensor> parts = new LinkedHashMap<>();
        layout.forEach(part -> parts.put(part.parameter(), part.of(slab)));
        return parts;
    }

    /** Takes over the values of a slab of the same layout; to be called while they are held. */
    void replace(Tensor slab) {
        values.copyFrom(slab);
        changed();
    }

    /** Saves the values and the {@linkplain Parameter#learningRateMultiplier(double) factors} of the rates, but no gradients. */
    @Override
    public void saveState(StateWriter checkpoint) {
        checkAllocated();
        List<Map<String, Object>> described = new ArrayList<>();
        for (Parameter p : all) {
            described.add(Map.of("name", p.name(), SHAPE, p.shapeText(), RATE_FACTOR, p.learningRateMultiplier()));
        }
        checkpoint.put(DESCRIBED, described).put(VALUES, values);
    }

    @Override
    public void restoreState(StateReader checkpoint) throws IOException {
        checkAllocated();
        List<JsonObject> described = checkpoint.values().objects(DESCRIBED);
        for (int i = 0; i < Math.max(all.size(), described.size()); i++) {
            String here = i < all.size() ? all.get(i).name() + all.get(i).shapeText() : "none";
            String there = i < described.size()
                    ? described.get(i).string("name") + described.get(i).string(SHAPE)
                    : "none";
            if (!here.equals(there)) {
                throw new IllegalArgumentException(Shown.message(checkpoint.source(),
                        "is of another network: its parameter "
                                + i + " is " + Shown.brief(there) + ", but here it is " + Shown.brief(here)
                                + "; resume with the network that it was made with"));
            }
        }
        write("restoring parameters", slab -> checkpoint.read(VALUES, slab));
        for (int i = 0; i < all.size(); i++) {
            all.get(i).learningRateMultiplier(described.get(i).number(RATE_FACTOR));
        }
    }

    /** Invalidates packed forms of the values; to be called after they were written to. */
    void changed() {
        version++;
    }

    /** {@return the number of learned elements, without padding} */
    public long count() {
        return all.stream().mapToLong(Parameter::size).sum();
    }

    /** {@return the number of learned elements of matrices, without biases} */
    public long weights() {
        return all.stream().filter(p -> p.shape().length > 1).mapToLong(Parameter::size).sum();
    }

    long version() {
        return version;
    }

    Workspace workspace() {
        return workspace;
    }
}
