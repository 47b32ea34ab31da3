package dev.unroll.bench.cli.common;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Checks arguments before they are parsed. The parser takes everything for a value, so that a text may begin
 * with a dash and even be the name of an option ({@code --prefix=--seed}).
 */
public final class Arguments {
    private static final char UNDECODABLE = '\uFFFD';

    private Arguments() {}

    /**
     * Refuses an option in the place of a value that was forgotten, and what the encoding of the locale cannot hold.
     *
     * @param line with all commands
     * @param args the command and its options
     */
    public static void check(CommandLine line, String... args) {
        CommandLine command = line;
        for (int i = 0; i < args.length; i++) {
            checkDecoded(command, args[i], System.getProperty("sun.jnu.encoding"));
            OptionSpec option = command.getCommandSpec().optionsMap().get(args[i]);
            if (option != null && option.arity().min() > 0) {
                i++;
                if (i < args.length && isOption(command.getCommandSpec(), args[i])) {
                    throw new ParameterException(command,
                            "the value of " + args[i - 1] + " is missing before " + args[i]
                                    + "; give it, or write " + args[i - 1] + "=" + args[i] + " if that is it");
                }
            } else {
                command = command.getSubcommands().getOrDefault(args[i], command);
            }
        }
    }

    private static boolean isOption(CommandSpec command, String text) {
        int end = text.indexOf('=');
        return command.optionsMap().containsKey(end < 0 ? text : text.substring(0, end));
    }

    static void checkDecoded(CommandLine command, String text, String encoding) {
        boolean isUtf8 = encoding == null || Charset.isSupported(encoding)
                && Charset.forName(encoding).equals(StandardCharsets.UTF_8);
        if (!isUtf8 && text.indexOf(UNDECODABLE) >= 0) {
            throw new ParameterException(command, "the argument " + text + " cannot be read in " + encoding
                    + ", the encoding of the locale; set LC_ALL=C.UTF-8");
        }
    }
}
