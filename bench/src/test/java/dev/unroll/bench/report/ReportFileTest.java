package dev.unroll.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportFileTest {
    @TempDir
    private Path temp;

    @Test
    void whatCannotBeFinishedLeavesTheFileAsItWas() throws IOException {
        Path file = Files.writeString(temp.resolve("r.json"), "before");
        assertThrows(IOException.class, () -> ReportFile.write(file, out -> {
            out.write("half".getBytes());
            throw new IOException("no room");
        }));
        assertEquals("before", Files.readString(file));
        try (Stream<Path> files = Files.list(temp)) {
            assertEquals(List.of(file), files.toList());
        }
    }

    @Test
    void aLinkIsFollowed() throws IOException {
        Path file = Files.writeString(temp.resolve("r.json"), "before");
        Path link = Files.createSymbolicLink(temp.resolve("link"), file);
        ReportFile.write(link, out -> out.write("after".getBytes()));
        assertEquals("after", Files.readString(file));
        assertEquals(file, Files.readSymbolicLink(link));
    }
}
