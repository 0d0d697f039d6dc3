/**
 * Cooperative inference: one question to several workers, one answer. This package judges: whether a call may cooperate at all, what it
 * asks for, whether a worker's answer counts, and which answer is the one. It sends nothing. Off unless an application turns it on.
 * Source: IICP core, cooperative inference; fixture {@code cip-conformance-v0}.
 */
@NullMarked
package network.iicp.client.cooperation;

import org.jspecify.annotations.NullMarked;
