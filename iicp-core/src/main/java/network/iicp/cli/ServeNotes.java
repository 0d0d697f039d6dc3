package network.iicp.cli;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * What a person wants to know of a node that was started.
 *
 * @param callers who may send tasks, as a sentence
 * @param directory where it registers, or {@code null} when nowhere
 */
record ServeNotes(String callers, @Nullable URI directory) {}
