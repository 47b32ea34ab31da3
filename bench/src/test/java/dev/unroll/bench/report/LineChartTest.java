package dev.unroll.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

class LineChartTest {
    @TempDir
    private Path temp;

    /** Two panels; in the first a line has no value at one place. */
    private static LineChart chart() {
        LineChart chart = new LineChart("percent");
        chart.add("first", "Unroll", "1x1", 90);
        chart.add("first", "Unroll", "2x2", 95);
        chart.add("first", "other", "2x2", 80);
        chart.add("second", "Unroll", "3x3", 70);
        return chart;
    }

    @Test
    void pngIsAnImageWithEveryPanel() throws Exception {
        chart().write(temp.resolve("chart.PNG"));
        BufferedImage image = ImageIO.read(temp.resolve("chart.PNG").toFile());
        new LineChart("percent").write(temp.resolve("empty.png"));
        assertEquals(2 * ImageIO.read(temp.resolve("empty.png").toFile()).getHeight(), image.getHeight());
    }

    private Element svg(LineChart chart) throws Exception {
        Path file = temp.resolve("chart.svg");
        chart.write(file);
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        return factory.newDocumentBuilder().parse(file.toFile()).getDocumentElement();
    }

    @Test
    void svgIsXmlWithLinesAndLettersAsPaths() throws Exception {
        Element root = svg(chart());
        assertEquals("svg", root.getTagName());
        int empty = svg(new LineChart("percent")).getElementsByTagName("path").getLength();
        assertTrue(root.getElementsByTagName("path").getLength() > empty + 10, "paths");
    }
}
