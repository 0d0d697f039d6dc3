/**
 * Which node gets the task: filters that leave candidates out with a reason, strategies that order the rest, and a circuit
 * breaker for each node that keeps failing ones away for a while. Source: IICP core, selection; fixture
 * {@code selection-v1}.
 */
@NullMarked
package network.iicp.client.selection;

import org.jspecify.annotations.NullMarked;
