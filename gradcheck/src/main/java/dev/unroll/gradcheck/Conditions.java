package dev.unroll.gradcheck;

import java.util.ArrayList;
import java.util.List;

/** What must hold of everything that is checked, and the faults that were found so far. */
class Conditions {
    private final List<Fault> faults = new ArrayList<>();

    final List<Fault> faults() {
        return faults;
    }

    final void fault(Fault.Kind kind, String text) {
        faults.add(new Fault(kind, text));
    }

    /** Whether all is finite. */
    final boolean finite(String of, List<Site> sites, double[][] values) {
        for (int s = 0; s < values.length; s++) {
            int at = Vectors.firstNotFinite(values[s]);
            if (at >= 0) {
                fault(Fault.Kind.NOT_FINITE, of + sites.get(s).at(at) + " is " + values[s][at]);
                return false;
            }
        }
        return true;
    }

    /** Whether the bits are the same; the kind of fault is what it is if they are not. */
    final boolean same(Fault.Kind kind, String fault, List<Site> sites, double[][] before, double[][] after) {
        for (int s = 0; s < before.length; s++) {
            int at = Vectors.firstUnequal(before[s], after[s]);
            if (at >= 0) {
                fault(kind, fault + ": " + sites.get(s).at(at) + ": " + before[s][at] + ", then " + after[s][at]);
                return false;
            }
        }
        return true;
    }

    final void unchanged(Site site, double[] before, double[] after) {
        int at = Vectors.firstUnequal(before, after);
        if (at >= 0) {
            fault(Fault.Kind.CHANGES_INPUTS, "the function writes to what it is given: " + site.at(at) + " was "
                    + before[at] + " and became " + after[at]);
        }
    }
}
