package dev.unroll.rnn.autograd;

/** A variable that nothing on the tape computed: an input or a parameter. */
class Leaf extends Variable {
    Leaf(Storage storage, boolean needsGradient) {
        super(storage, needsGradient);
    }

    @Override
    boolean isLeaf() {
        return true;
    }
}
