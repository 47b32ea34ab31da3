package dev.unroll.bench.report;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.svg.SVGProcessor;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;

/**
 * Lines over named places, in several panels below and beside each other, as a PNG or SVG by the file's ending.
 */
public final class LineChart {
    private static final int WIDTH = 1100;
    private static final int HEIGHT = 420;

    private final String unit;
    private final int columns;
    private final Map<String, Panel> panels = new LinkedHashMap<>();

    /** Values by line and place. */
    private record Panel(
            String unit, boolean isLogarithmic, Map<String, Map<String, Double>> lines, Set<String> places) {
        Panel(String unit, boolean isLogarithmic) {
            this(unit, isLogarithmic, new LinkedHashMap<>(), new LinkedHashSet<>());
        }
    }

    /**
     * An empty chart whose panels are below each other.
     *
     * @param unit what stands at the vertical axis
     */
    public LineChart(String unit) {
        this(unit, 1);
    }

    /**
     * An empty chart.
     *
     * @param unit what stands at the vertical axis of panels that have no unit of their own
     * @param columns the number of panels beside each other, at least 1
     */
    public LineChart(String unit, int columns) {
        this.unit = unit;
        this.columns = columns;
    }

    /**
     * Adds an empty panel with its own unit, if there is none of that name.
     *
     * @param panel its name
     * @param unitOfPanel what stands at its vertical axis
     * @param isLogarithmic whether that axis is logarithmic, for positive values; otherwise it begins at 0
     * @return this
     */
    public LineChart panel(String panel, String unitOfPanel, boolean isLogarithmic) {
        panels.computeIfAbsent(panel, _ -> new Panel(unitOfPanel, isLogarithmic));
        return this;
    }

    /**
     * Whether a file can be written: its name says PNG or SVG.
     *
     * @param file to be written later
     * @return whether it ends in .png or .svg
     */
    public static boolean hasKnownEnding(Path file) {
        return ends(file, ".png") || ends(file, ".svg");
    }

    private static boolean ends(Path file, String ending) {
        return file.toString().toLowerCase(Locale.ROOT).endsWith(ending);
    }

    /**
     * Adds a point; a later one at the same place replaces it.
     *
     * @param panel which panel
     * @param line which line of it
     * @param place where on the horizontal axis
     * @param value the value
     */
    public void add(String panel, String line, String place, double value) {
        Panel target = panels.computeIfAbsent(panel, _ -> new Panel(unit, false));
        target.places.add(place);
        target.lines.computeIfAbsent(line, _ -> new LinkedHashMap<>()).put(place, value);
    }

    /**
     * Writes a file as a whole.
     *
     * @param file which; ends in .png or .svg
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        System.setProperty("java.awt.headless", "true");
        int width = columns * WIDTH;
        int height = Math.max(1, Math.ceilDiv(panels.size(), columns)) * HEIGHT;
        if (ends(file, ".svg")) {
            VectorGraphics2D graphics = new VectorGraphics2D();
            paint(graphics, width, height);
            PageSize size = new PageSize(width, height);
            ReportFile.write(file, out -> new SVGProcessor().getDocument(graphics.getCommands(), size).writeTo(out));
        } else {
            BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = image.createGraphics();
            paint(graphics, width, height);
            graphics.dispose();
            ReportFile.write(file, out -> ImageIO.write(image, "png", out));
        }
    }

    private void paint(Graphics2D graphics, int width, int height) {
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width, height);
        int column = 0;
        for (Map.Entry<String, Panel> panel : panels.entrySet()) {
            chart(panel.getKey(), panel.getValue()).paint(graphics, WIDTH, HEIGHT);
            column = (column + 1) % columns;
            graphics.translate(column == 0 ? (1 - columns) * WIDTH : WIDTH, column == 0 ? HEIGHT : 0);
        }
    }

    private CategoryChart chart(String title, Panel panel) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .yAxisTitle(panel.unit)
                .build();
        chart.getStyler()
                .setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Line)
                .setOverlapped(true)
                .setXAxisLabelRotation(45)
                .setLegendPosition(LegendPosition.OutsideE)
                .setChartBackgroundColor(Color.WHITE);
        if (panel.isLogarithmic) {
            chart.getStyler().setYAxisLogarithmic(true);
        } else {
            chart.getStyler().setYAxisMin(0.0);
        }
        List<String> places = new ArrayList<>(panel.places);
        panel.lines.forEach((name, values) -> chart.addSeries(name, places, places.stream().map(values::get).toList()));
        return chart;
    }
}
