package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Fault.Kind;
import dev.unroll.kernels.WorkerPool;

/**
 * Neither where the inputs lie in memory, nor the number of threads, nor how often the function was called before
 * changes outputs and gradients, but for the roundings of sums in another order.
 */
final class RunConditions {
    /** A function that is cheap is called as often. */
    private static final int CALLS = 100;

    /** A function is cheap for as many calls as have this number of elements together, inputs and outputs. */
    private static final int ELEMENTS = 2_000;

    private final TapeSubject subject;
    private final FaultCollector faults;
    private final Roundings roundings;
    private final double[][] u;
    private final double[][] outputs;
    private final double[][] gradients;

    RunConditions(
            TapeSubject subject, FaultCollector faults, Roundings roundings, double[][] u, double[][] outputs,
            double[][] gradients) {
        this.subject = subject;
        this.faults = faults;
        this.roundings = roundings;
        this.u = u;
        this.outputs = outputs;
        this.gradients = gradients;
    }

    /** Columns of a wider matrix as inputs must give the same, and what is beside them stays; then some inputs alone. */
    void strides(boolean even) {
        if (subject.inputs().isEmpty()) {
            return;
        }
        strided(Gaps.NARROW);
        if (faults.all().isEmpty()) {
            strided(even || subject.inputs().size() == 1 ? Gaps.WIDE_IN_EVEN : Gaps.WIDE_IN_ODD);
        }
    }

    private void strided(Gaps gaps) {
        String inputs = gaps == Gaps.NARROW ? "inputs that are" : "some inputs that are";
        try {
            subject.run(RunSetup.BACKWARD.with(gaps), subject.point(), pass -> {
                same(pass, Kind.DEPENDS_ON_STRIDES, inputs + " columns of a wider matrix, with NaN beside them, give",
                        "; respect rowStride()");
                untouched(pass);
                return null;
            });
        } catch (FaultException e) {
            faults.fault(Kind.DEPENDS_ON_STRIDES,
                    "where inputs are columns of a wider matrix, " + e.fault().text() + "; respect rowStride()");
        }
    }

    private void untouched(TapePass pass) {
        for (int i = 0; i < subject.inputs().size(); i++) {
            String touched = pass.input(i).touched();
            if (touched != null) {
                faults.fault(Kind.DEPENDS_ON_STRIDES,
                        "input " + i + " is some columns of a wider matrix, but " + touched);
            }
        }
    }

    /** A pool of several threads gives the same. */
    void threads() {
        WorkerPool other = subject.otherPool();
        if (other == null) {
            return;
        }
        String what = "a pool of " + other.threads() + (other.threads() == 1 ? " thread" : " threads");
        try {
            subject.run(RunSetup.BACKWARD.on(other), subject.point(), pass -> {
                same(pass, Kind.DEPENDS_ON_THREADS, what + " gives", "; divide what is written, and no sum");
                return null;
            });
        } catch (FaultException e) {
            faults.fault(Kind.DEPENDS_ON_THREADS, "with " + what + " " + e.fault().text());
        }
    }

    private void same(TapePass pass, Kind kind, String gives, String advice) {
        boolean _ = faults.close(kind, gives + " other outputs" + advice, subject.outputShapes(), outputs,
                pass.outputValues(), o -> roundings.ofOutput(outputs[o]))
                && faults.close(kind, gives + " other gradients" + advice, subject.variables(), gradients,
                        subject.backward(pass, u), roundings::ofOtherGradient);
    }

    /**
     * Many calls later, those of the comparison among them, the function gives the same bits; every second call is one
     * by several threads.
     */
    void calls() {
        int elements = 1;
        for (double[] array : outputs) {
            elements += array.length;
        }
        for (double[] array : gradients) {
            elements += array.length;
        }
        WorkerPool other = subject.otherPool();
        int calls = Math.max(2, Math.min(CALLS - subject.runs(), ELEMENTS / elements));
        for (int n = 0; n < calls && faults.all().isEmpty(); n++) {
            if (n % 2 == 0 && other != null) {
                threads();
                continue;
            }
            int call = subject.runs() + 1;
            subject.run(RunSetup.BACKWARD, subject.point(), pass -> {
                String later = "call " + call + " gives other %s than the first: it depends on something that changes";
                return faults.same(Kind.NOT_DETERMINISTIC, later.formatted("outputs"), subject.outputShapes(), outputs,
                        pass.outputValues())
                        && faults.same(Kind.NOT_DETERMINISTIC, later.formatted("gradients"), subject.variables(),
                                gradients, subject.backward(pass, u));
            });
        }
    }
}
