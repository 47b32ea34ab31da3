package dev.unroll.gradcheck;

import java.util.random.RandomGenerator;

/** A random expression of some numbers, with its gradient by dual numbers: exact but for rounding. */
final class Expression {
    /** A value and its derivatives with respect to all inputs. */
    private record Dual(double value, double[] slopes, double largest) {
        Dual(double value, double[] slopes) {
            this(value, slopes, Math.abs(value));
        }

        /** The chain rule for a function of one number. */
        Dual then(double result, double slope) {
            double[] chained = new double[slopes.length];
            for (int j = 0; j < chained.length; j++) {
                chained[j] = slopes[j] == 0 ? 0 : slope * slopes[j];
            }
            return new Dual(result, chained, Math.max(largest, Math.abs(result)));
        }

        /** The chain rule for a function of two numbers. */
        Dual with(Dual other, double result, double slope, double otherSlope) {
            double[] chained = new double[slopes.length];
            for (int j = 0; j < chained.length; j++) {
                chained[j] = (slopes[j] == 0 ? 0 : slope * slopes[j])
                        + (other.slopes[j] == 0 ? 0 : otherSlope * other.slopes[j]);
            }
            return new Dual(result, chained, Math.max(Math.max(largest, other.largest), Math.abs(result)));
        }
    }

    private interface Node {
        Dual at(double[] x);
    }

    private final Node root;
    private final String text;

    private Expression(Node root, String text) {
        this.root = root;
        this.text = text;
    }

    double value(double[] x) {
        return root.at(x).value();
    }

    double[] gradient(double[] x) {
        return root.at(x).slopes();
    }

    /** The largest magnitude of a value within. */
    double largest(double[] x) {
        return root.at(x).largest();
    }

    @Override
    public String toString() {
        return text;
    }

    /**
     * Draws an expression.
     *
     * @param inputs number of inputs
     * @param scale of its constants
     * @param smooth whether it has no kinks
     */
    static Expression random(RandomGenerator random, int inputs, int depth, double scale, boolean smooth) {
        int kind = depth == 0 ? random.nextInt(4) : random.nextInt(4, smooth ? 17 : 21);
        if (kind == 0) {
            double c = scale * random.nextDouble(-2, 2);
            return new Expression(x -> new Dual(c, new double[x.length]), Double.toString(c));
        }
        if (kind < 4) {
            int i = random.nextInt(inputs);
            return new Expression(x -> {
                double[] slopes = new double[x.length];
                slopes[i] = 1;
                return new Dual(x[i], slopes);
            }, "x" + i);
        }
        Expression a = random(random, inputs, depth - 1, scale, smooth);
        if (kind < 9 || kind == 20) {
            return binary(kind, a, random(random, inputs, random.nextInt(depth), scale, smooth));
        }
        return unary(kind, a, random.nextInt(2, 6));
    }

    private static Expression binary(int kind, Expression left, Expression right) {
        Node a = left.root;
        Node b = right.root;
        return switch (kind) {
            case 4, 5 -> new Expression(x -> {
                Dual l = a.at(x);
                Dual r = b.at(x);
                return l.with(r, l.value + r.value, 1, 1);
            }, "(" + left + " + " + right + ")");
            case 6 -> new Expression(x -> {
                Dual l = a.at(x);
                Dual r = b.at(x);
                return l.with(r, l.value - r.value, 1, -1);
            }, "(" + left + " - " + right + ")");
            case 7 -> new Expression(x -> {
                Dual l = a.at(x);
                Dual r = b.at(x);
                return l.with(r, l.value * r.value, r.value, l.value);
            }, left + " * " + right);
            case 8 -> new Expression(x -> {
                Dual l = a.at(x);
                Dual r = b.at(x);
                double quotient = l.value / r.value;
                double[] slopes = new double[x.length];
                for (int j = 0; j < slopes.length; j++) {
                    slopes[j] = l.slopes[j] / r.value - quotient * (r.slopes[j] / r.value);
                }
                return new Dual(quotient, slopes, Math.max(Math.max(l.largest, r.largest), Math.abs(quotient)));
            }, left + " / (" + right + ")");
            default -> new Expression(x -> {
                Dual l = a.at(x);
                Dual r = b.at(x);
                Dual larger = l.value >= r.value ? l : r;
                return new Dual(larger.value, larger.slopes, Math.max(l.largest, r.largest));
            }, "max(" + left + ", " + right + ")");
        };
    }

    private static Expression unary(int kind, Expression of, int n) {
        Node a = of.root;
        return switch (kind) {
            case 9 -> new Expression(x -> {
                Dual u = a.at(x);
                return u.then(Math.sin(u.value), Math.cos(u.value));
            }, "sin(" + of + ")");
            case 10 -> new Expression(x -> {
                Dual u = a.at(x);
                return u.then(Math.exp(u.value), Math.exp(u.value));
            }, "exp(" + of + ")");
            case 11 -> new Expression(x -> {
                Dual u = a.at(x);
                return u.then(Math.log(u.value), 1 / u.value);
            }, "log(" + of + ")");
            case 12 -> new Expression(x -> {
                Dual u = a.at(x);
                return u.then(Math.sqrt(u.value), 0.5 / Math.sqrt(u.value));
            }, "sqrt(" + of + ")");
            case 13 -> new Expression(x -> {
                Dual u = a.at(x);
                double y = Math.tanh(u.value);
                double c = Math.cosh(u.value);
                return u.then(y, 1 / (c * c));
            }, "tanh(" + of + ")");
            case 14 -> new Expression(x -> {
                Dual u = a.at(x);
                return u.then(Math.pow(u.value, n), n * Math.pow(u.value, n - 1));
            }, "(" + of + ")^" + n);
            case 15 -> new Expression(x -> {
                Dual u = a.at(x);
                double sigmoid = 1 / (1 + Math.exp(-u.value));
                return u.then(sigmoid, sigmoid * (1 - sigmoid));
            }, "sigmoid(" + of + ")");
            case 16 -> new Expression(x -> {
                Dual u = a.at(x);
                double y = Math.max(u.value, 0) + Math.log1p(Math.exp(-Math.abs(u.value)));
                double e = Math.exp(-Math.abs(u.value)); // of a large number it is 0, and never infinite
                return u.then(y, u.value < 0 ? e / (1 + e) : 1 / (1 + e));
            }, "softplus(" + of + ")");
            case 17 -> new Expression(x -> {
                Dual u = a.at(x);
                return u.then(Math.abs(u.value), Math.signum(u.value));
            }, "abs(" + of + ")");
            case 18 -> new Expression(x -> {
                Dual u = a.at(x);
                return u.then(Math.max(0, u.value), u.value > 0 ? 1 : 0);
            }, "relu(" + of + ")");
            default -> new Expression(x -> {
                Dual u = a.at(x);
                double inside = Math.min(1, Math.max(-1, u.value));
                return u.then(inside, inside == u.value ? 1 : 0);
            }, "clip(" + of + ")");
        };
    }
}
