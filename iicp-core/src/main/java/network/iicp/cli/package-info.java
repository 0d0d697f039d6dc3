/**
 * The {@code iicp-node} command: {@code directory}, {@code serve}, {@code query}, {@code list}. Names of flags and variables
 * are those of the official command lines where they have one. Results go to standard output, everything else to standard
 * error; exit codes are in {@link network.iicp.cli.ExitCode}. The only package that installs a shutdown hook.
 */
@NullMarked
package network.iicp.cli;

import org.jspecify.annotations.NullMarked;
