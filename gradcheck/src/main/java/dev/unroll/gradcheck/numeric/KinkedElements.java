package dev.unroll.gradcheck.numeric;

import dev.unroll.gradcheck.subject.Subject;
import java.util.ArrayList;
import java.util.List;

/**
 * The elements of a variable at which a function has a kink, found by halving a direction as long as it has one along
 * the halves. Along the rest of the direction there is none, unless elements have one together that none has alone, or
 * there are too many.
 */
final class KinkedElements {
    /** The most elements that are looked for; of more, no rest is smooth. */
    private static final int MOST = 64;

    private final Subject subject;
    private final double[][] center;
    private final double[][] u;
    private final int variable;
    private final double[] rest;
    private final List<Integer> elements = new ArrayList<>();

    private KinkedElements(Subject subject, double[][] center, double[][] u, int variable, double[] direction) {
        this.subject = subject;
        this.center = center;
        this.u = u;
        this.variable = variable;
        rest = direction.clone();
    }

    /** Looks for the elements. */
    static KinkedElements of(Subject subject, double[][] center, double[][] u, int variable, double[] direction) {
        KinkedElements kinked = new KinkedElements(subject, center, u, variable, direction);
        kinked.search(0, direction.length);
        return kinked;
    }

    private void search(int from, int to) {
        if (elements.size() >= MOST || !isKink(from, to)) {
            return;
        }
        if (to - from == 1) {
            elements.add(from);
            rest[from] = 0;
            return;
        }
        int middle = (from + to) >>> 1;
        search(from, middle);
        search(middle, to);
    }

    private boolean isKink(int from, int to) {
        double[] part = new double[rest.length];
        System.arraycopy(rest, from, part, from, to - from);
        double[][] direction = new double[subject.variables().size()][];
        direction[variable] = part;
        double step = Difference.step(subject.point()[variable], part);
        return Subgradient.of(t -> FunctionOnLine.change(subject, center, direction, u, t), step).isKink();
    }

    List<Integer> elements() {
        return elements;
    }

    /** Returns the direction without these elements. */
    double[] rest() {
        return rest;
    }
}
