package network.iicp.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.InvalidRequestException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of the command line, and its {@code main}. */
@Command(
        name = "iicp-node",
        description = "Runs and uses a mesh of machines that serve AI models over IICP.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        subcommands = {
            DirectoryCommand.class,
            ServeCommand.class,
            QueryCommand.class,
            ListCommand.class,
            CommandLine.HelpCommand.class
        },
        footer = {
            "",
            "A mesh on this machine, each line in a terminal of its own:",
            "  iicp-node directory",
            "  iicp-node serve --backend-type demo --directory-url http://127.0.0.1:9480/api",
            "  iicp-node query \"Hello\" --directory-url http://127.0.0.1:9480/api"
        })
public final class IicpNodeCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Option(
            names = "--debug",
            scope = CommandLine.ScopeType.INHERIT,
            description = "Log every step and show stack traces.")
    private boolean debug;

    /** Runs the command and ends the process with its exit code. */
    public static void main(String[] args) {
        Logging.configure(args);
        int code = commandLine(
                        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                        new PrintWriter(System.err, true, StandardCharsets.UTF_8))
                .execute(args);
        System.exit(code);
    }

    /** Returns the command with its output going to these writers. */
    static CommandLine commandLine(PrintWriter out, PrintWriter err) {
        CommandLine line = new CommandLine(new IicpNodeCommand());
        line.setOut(out);
        line.setErr(err);
        line.setAbbreviatedOptionsAllowed(false);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpWidth(100);
        line.setParameterExceptionHandler(IicpNodeCommand::wrongUsage);
        line.setExecutionExceptionHandler(IicpNodeCommand::failed);
        return line;
    }

    /** Without a word of what to do, the help is the answer. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    private static int wrongUsage(ParameterException e, String[] args) {
        CommandLine line = e.getCommandLine();
        line.getErr().println("ERROR: " + e.getMessage());
        line.getErr().println("Try '" + line.getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE;
    }

    /** One line for people; the stack trace only on request. */
    private static int failed(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
        if (((IicpNodeCommand) line.getCommandSpec().root().userObject()).debug) {
            e.printStackTrace(line.getErr());
        }
        String code = e instanceof IicpException known ? " (" + known.iicpCode().orElse(known.code()) + ")" : "";
        line.getErr().println("ERROR: " + e.getMessage() + code);
        return e instanceof ConfigurationException || e instanceof InvalidRequestException
                ? ExitCode.USAGE
                : ExitCode.FAILED;
    }
}
