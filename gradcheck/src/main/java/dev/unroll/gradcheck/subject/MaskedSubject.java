package dev.unroll.gradcheck.subject;

/** A subject of which some elements are left out: they stay at the point, and their gradients count as 0. */
public final class MaskedSubject extends SubjectWrapper {
    private final Mask mask;

    /**
     * A subject.
     *
     * @param inner of which elements are left out, in its own faults too
     * @param mask the elements
     */
    public MaskedSubject(Subject inner, Mask mask) {
        super(inner);
        this.mask = mask;
        inner.leaveOut(mask);
    }

    @Override
    public boolean isChecked(int variable, int element) {
        return !mask.isLeft(variable, element) && super.isChecked(variable, element);
    }

    @Override
    public double[][] outputs(double[][] at) {
        return super.outputs(mask.held(at, point()));
    }

    @Override
    public double[][] gradients(double[][] at, double[][] cotangents) {
        return mask.zeroed(super.gradients(mask.held(at, point()), cotangents));
    }
}
