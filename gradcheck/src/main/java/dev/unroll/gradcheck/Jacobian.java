package dev.unroll.gradcheck;

/** Compares every derivative of every output element by every input element. */
final class Jacobian {
    private final Subject subject;
    private final Tally tally;
    private final double[][] centre;

    Jacobian(Subject subject, Tally tally) {
        this.subject = subject;
        this.tally = tally;
        centre = subject.outputs(subject.point());
    }

    void compare() {
        double[][][][] rows = new double[centre.length][][][];
        for (int o = 0; o < centre.length; o++) {
            rows[o] = rows(o);
        }
        for (int i = 0; i < subject.sites().size(); i++) {
            double[] largest = new double[centre.length];
            for (int o = 0; o < centre.length; o++) {
                for (double[][] row : rows[o]) {
                    largest[o] = Math.max(largest[o], Vectors.largest(row[i]));
                }
            }
            for (int j = 0; j < subject.point()[i].length; j++) {
                compareColumn(i, j, rows, largest);
            }
        }
    }

    /** By backward: for each element of an output its gradients, input by input. */
    private double[][][] rows(int output) {
        double[][][] rows = new double[centre[output].length][][];
        for (int k = 0; k < rows.length; k++) {
            double[][] cotangents = new double[centre.length][];
            cotangents[output] = new double[rows.length];
            cotangents[output][k] = 1;
            rows[k] = subject.gradients(subject.point(), cotangents);
        }
        return rows;
    }

    /** By differences: the derivatives of all outputs by one element of an input. */
    private void compareColumn(int i, int j, double[][][][] rows, double[] largest) {
        Line line = Line.ofElement(subject, centre, i, j);
        for (int o = 0; o < centre.length; o++) {
            double magnitude = Vectors.largest(centre[o]);
            for (int k = 0; k < centre[o].length; k++) {
                int output = o;
                int element = k;
                Measurement measurement = new Measurement(
                        () -> "d " + subject.outputSites().get(output).at(element) + " / d "
                                + subject.sites().get(i).at(j),
                        i, t -> line.change(output, element, t), line.step());
                Difference difference = line.difference(
                        along -> along.sums(output, element), d -> Tally.isUseful(d, largest[output], magnitude));
                tally.add(rows[o][k][i][j], difference, largest[o], magnitude, measurement);
            }
        }
    }
}
