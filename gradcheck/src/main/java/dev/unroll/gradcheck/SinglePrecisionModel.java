package dev.unroll.gradcheck;

import dev.unroll.gradcheck.finding.Coverage;
import dev.unroll.gradcheck.input.TapeFunction;
import dev.unroll.gradcheck.subject.Subject;
import dev.unroll.gradcheck.subject.SubjectWrapper;
import dev.unroll.gradcheck.subject.TapePass;
import dev.unroll.gradcheck.subject.TapeSubject;
import dev.unroll.kernels.ElementType;
import dev.unroll.rnn.autograd.Parameter;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.autograd.Variable;
import java.util.Arrays;
import java.util.List;

/**
 * The model in F32 that one of F64 is compared with.
 *
 * @param parameters of F32, of the same names and shapes as those of F64
 * @param function of them
 */
record SinglePrecisionModel(Parameters parameters, TapeFunction.Of0 function) {
    SinglePrecisionModel {
        if (parameters.values() == null || parameters.values().type() != ElementType.F32) {
            throw new IllegalArgumentException("CheckBuilder.singlePrecision: the parameters must be of F32; build the"
                    + " model with type(ElementType.F32)");
        }
    }

    void requireLike(Parameters f64) {
        boolean same = f64.list().size() == parameters.list().size();
        for (int i = 0; same && i < f64.list().size(); i++) {
            Parameter one = f64.list().get(i);
            Parameter other = parameters.list().get(i);
            same = one.name().equals(other.name()) && Arrays.equals(one.shape(), other.shape());
        }
        if (!same) {
            throw new IllegalArgumentException("CheckBuilder.singlePrecision: the parameters of F32 must have the names"
                    + " and shapes of those of F64, in the same order; build both models alike");
        }
    }

    /**
     * Returns the model as a subject, which restores the parameters' values when it is closed.
     *
     * @param point the values of the parameters, rounded to floats for it
     */
    Subject at(double[][] point, int threads, double nondeterminism) {
        double[] before = TapePass.read(parameters.values());
        for (int i = 0; i < point.length; i++) {
            double[] values = point[i];
            parameters.list().get(i).write(tensor -> TapePass.write(tensor, values));
        }
        Subject subject = new TapeSubject(
                (tape, _) -> new Variable[] {function.apply(tape)}, List.of(), new double[0][], parameters,
                ElementType.F32);
        subject.useThreads(threads);
        subject.configure(nondeterminism, new Coverage());
        return new SubjectWrapper(subject) {
            @Override
            public void close() {
                super.close();
                parameters.write("a check", values -> TapePass.write(values, before));
            }
        };
    }
}
