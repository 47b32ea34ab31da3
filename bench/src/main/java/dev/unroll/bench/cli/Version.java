package dev.unroll.bench.cli;

import dev.unroll.kernels.Kernels;
import picocli.CommandLine.IVersionProvider;

/** What {@code unroll --version} says. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Main.class.getPackage().getImplementationVersion();
        return new String[] {
            "unroll " + (version == null ? "(development)" : version), "Java " + Runtime.version(), Kernels.describe()
        };
    }
}
