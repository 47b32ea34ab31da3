package dev.unroll.bench.cli.common;

import dev.unroll.rnn.io.Shown;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import picocli.CommandLine;

/** The settings of the parser and the messages of failures that all commands share. */
public final class CommandLines {
    private CommandLines() {}

    /** Makes parsers of the whole program; its root command is one. */
    public interface Factory {
        /** Returns a parser of all commands, without any state of those that run. */
        CommandLine newCommandLine();
    }

    /** Sets how every command reads its arguments. */
    public static CommandLine configured(CommandLine line) {
        return line.setCaseInsensitiveEnumValuesAllowed(true)
                .setExpandAtFiles(false) // a text may begin with @
                .setAllowOptionsAsOptionParameters(true);
    }

    /**
     * Returns the cause of a failure in one line, as the JDK's exceptions of files may have a mere path as their
     * message.
     */
    public static String reason(Exception e) {
        return reason(e, Shown.MAX_MESSAGE);
    }

    public static String reason(Exception e, int most) {
        if (e instanceof FileSystemException file && file.getFile() != null && file.getOtherFile() == null) {
            String problem =
                    switch (file) {
                        case FileSystemException _ when file.getReason() != null -> file.getReason();
                        case NoSuchFileException _ -> "no such file; check the path";
                        case AccessDeniedException _ -> "access denied; check its permissions";
                        case FileAlreadyExistsException _ -> "exists already; choose another name";
                        case NotDirectoryException _ -> "not a folder; check the path";
                        case DirectoryNotEmptyException _ -> "a folder with files in it; choose another name";
                        default -> "cannot be used (" + file.getClass().getSimpleName() + "); check the path";
                    };
            return Shown.message(file.getFile(), problem, most);
        }
        return Shown.message(e.getMessage() == null ? e.toString() : e.getMessage(), most);
    }
}
