package network.iicp.client;

import network.iicp.protocol.Deadline;
import network.iicp.transport.TraceContext;

/**
 * The bounds of one question to a directory.
 *
 * @param deadline its end
 * @param trace the trace it belongs to
 */
record Request(Deadline deadline, TraceContext trace) {}
