package dev.unroll.gradcheck.subject;

import dev.unroll.gradcheck.finding.Fault;

/** Carries a fault that leaves nothing to compare to the end of the check. */
public final class FaultException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Fault fault;

    public FaultException(Fault fault) {
        super(fault.text(), fault.cause());
        this.fault = fault;
    }

    public FaultException(Fault.Kind kind, String text) {
        this(new Fault(kind, text));
    }

    /** Wraps what the checked code threw; errors of the virtual machine are rethrown. */
    public static FaultException of(String doing, Throwable thrown) {
        if (thrown instanceof VirtualMachineError error && !(thrown instanceof StackOverflowError)) {
            throw error;
        }
        return thrown instanceof FaultException known
                ? known
                : new FaultException(new Fault(Fault.Kind.THROWS, doing + " throws " + thrown, thrown));
    }

    /** Wraps what a backward threw: one that says so is not implemented, and not wrong. */
    public static FaultException ofBackward(String doing, Throwable thrown) {
        return thrown instanceof UnsupportedOperationException
                ? new FaultException(new Fault(Fault.Kind.NOT_IMPLEMENTED, doing + " is not implemented: it throws "
                        + thrown + "; declare inputs without a gradient constant(...)", thrown))
                : of(doing, thrown);
    }

    public Fault fault() {
        return fault;
    }
}
