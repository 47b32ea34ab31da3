package dev.unroll.gradcheck;

/** Carries a fault that leaves nothing to compare to the end of the check. */
final class FaultException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Fault fault;

    FaultException(Fault fault) {
        super(fault.text(), fault.cause());
        this.fault = fault;
    }

    FaultException(Fault.Kind kind, String text) {
        this(new Fault(kind, text));
    }

    /** What somebody else's code threw, while doing something; what the machine itself failed at is thrown on. */
    static FaultException of(String doing, Throwable thrown) {
        if (thrown instanceof VirtualMachineError error && !(thrown instanceof StackOverflowError)) {
            throw error;
        }
        return thrown instanceof FaultException known
                ? known
                : new FaultException(new Fault(Fault.Kind.THROWS, doing + " throws " + thrown, thrown));
    }

    Fault fault() {
        return fault;
    }
}
