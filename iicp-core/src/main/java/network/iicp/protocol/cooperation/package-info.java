/** The vocabulary of cooperative inference: sub-tasks that a coordinator gives to workers, and the receipts for the work. */
@NullMarked
package network.iicp.protocol.cooperation;

import org.jspecify.annotations.NullMarked;
