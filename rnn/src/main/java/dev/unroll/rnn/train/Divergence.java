package dev.unroll.rnn.train;

import dev.unroll.kernels.Reductions;
import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.operator.Readout;
import java.util.List;
import java.util.function.Predicate;

/**
 * Says where a training stopped being finite. It looks only after the loss or the norm of all gradients showed that it
 * did.
 */
final class Divergence {
    private Divergence() {}

    /**
     * Of a loss: the first output in time that is not finite, and a parameter whose values are not. Steps are counted from
     * the first one of the batch, of which these outputs may be a part.
     */
    static ArithmeticException ofLoss(
            double loss, BatchGradients.Place part, Tensor outputs, Batch batch, int firstStep, Readout readout,
            Parameters parameters) {
        long at = Reductions.firstNotFinite(outputs);
        long row = at < 0 ? -1 : at / outputs.columns();
        SequenceLayout layout = batch.layout();
        String place = row < 0
                ? ", though every output is finite: look at the targets"
                : ", first in " + (readout == Readout.EVERY_STEP
                        ? "step " + (firstStep + layout.stepOf(row)) + " of sequence "
                                + (part.firstSequence() + layout.sequenceOf(row))
                        : "sequence " + (part.firstSequence() + row)) + ", counted from 0";
        List<Parameter> broken = withoutFiniteValues(parameters);
        String cause = broken.isEmpty() ? "" : "; the values of " + broken.getFirst().name() + " are not finite";
        return new ArithmeticException(message("loss", loss, part.update() + 1, place + cause));
    }

    /** Of the loss of a part of a batch that another worker has. */
    static ArithmeticException ofLossThere(double loss, long update, int worker) {
        return new ArithmeticException(
                message("loss", loss, update + 1, " in worker " + worker + ", which says where"));
    }

    /** Of gradients: the parameter with such a gradient that backward came to first, which is the one declared last. */
    static ArithmeticException ofGradients(double norm, long update, Parameters parameters) {
        List<Parameter> broken = without(parameters, Parameter::hasFiniteGradient);
        String cause = broken.isEmpty()
                ? ""
                : "; that of " + broken.getLast().name() + " is not finite"
                        + (broken.size() == 1 ? "" : ", then those of " + (broken.size() - 1) + " more");
        return new ArithmeticException(message("norm of the gradients", norm, update, cause));
    }

    /** Refuses values that are not finite, which the next loss would show only in a step that nobody makes. */
    static void checkValues(long updates, Parameters parameters) {
        List<Parameter> broken = withoutFiniteValues(parameters);
        if (!broken.isEmpty()) {
            throw new ArithmeticException("training diverged: after update " + updates + " the values of "
                    + broken.getFirst().name() + " are not finite; lower the learning rate or clip more");
        }
    }

    private static String message(String what, double value, long update, String details) {
        return "training diverged: the " + what + " of update " + update + " is " + value + details
                + "; lower the learning rate or clip more";
    }

    private static List<Parameter> withoutFiniteValues(Parameters parameters) {
        return without(parameters, p -> Reductions.isFinite(p.value()));
    }

    private static List<Parameter> without(Parameters parameters, Predicate<Parameter> property) {
        return parameters.list().stream().filter(property.negate()).toList();
    }
}
