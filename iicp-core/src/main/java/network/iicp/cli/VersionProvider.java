package network.iicp.cli;

import picocli.CommandLine.IVersionProvider;

/** Says {@code iicp-node <version>}, the one line that tools read. */
final class VersionProvider implements IVersionProvider {

    @Override
    public String[] getVersion() {
        String version = VersionProvider.class.getPackage().getImplementationVersion();
        return new String[] {"iicp-node " + (version == null ? "development" : version)};
    }
}
