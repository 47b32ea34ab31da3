package dev.unroll.bench.paper;

import java.util.List;
import java.util.Locale;

/**
 * Some figures as one.
 *
 * @param count how many
 * @param mean of all, NaN of none
 * @param spread half of the distance between the least and the greatest
 */
record MeanAndSpread(int count, double mean, double spread) {
    static MeanAndSpread of(List<Double> figures) {
        double least = figures.stream().mapToDouble(figure -> figure).min().orElse(Double.NaN);
        double most = figures.stream().mapToDouble(figure -> figure).max().orElse(Double.NaN);
        double mean = figures.stream().mapToDouble(figure -> figure).average().orElse(Double.NaN);
        return new MeanAndSpread(figures.size(), mean, (most - least) / 2);
    }

    String text(int decimals) {
        return count < 2 ? fixed(mean, decimals) : fixed(mean, decimals) + " \u00b1 " + fixed(spread, decimals);
    }

    /** A number with so many decimals. */
    static String fixed(double number, int decimals) {
        return String.format(Locale.ROOT, "%." + decimals + "f", number);
    }
}
