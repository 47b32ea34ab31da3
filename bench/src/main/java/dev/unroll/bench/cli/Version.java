package dev.unroll.bench.cli;

import dev.unroll.kernels.Kernels;
import picocli.CommandLine.IVersionProvider;

/** Prints the output of {@code unroll --version}. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Main.class.getPackage().getImplementationVersion();
        return new String[] {
            "unroll " + (version == null ? "(development)" : version), "Java " + Runtime.version(), kernels()
        };
    }

    /** Picocli asks for the version of every command before it runs any, and must not be let down. */
    private static String kernels() {
        try {
            return Kernels.describe();
        } catch (IllegalStateException e) { // the forced width cannot be had, which a command that computes will say
            return e.getMessage();
        }
    }
}
