package network.iicp.cli;

/** Exit codes of the command, as in the official command lines. */
final class ExitCode {

    /** It worked. */
    static final int OK = 0;

    /** It failed at run time: no node answered, the directory is down. */
    static final int FAILED = 1;

    /** The call or the configuration is wrong; nothing was sent. */
    static final int USAGE = 2;

    private ExitCode() {}
}
