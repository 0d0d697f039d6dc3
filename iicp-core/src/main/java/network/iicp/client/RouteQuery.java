package network.iicp.client;

import network.iicp.protocol.Intent;
import network.iicp.protocol.Qos;
import org.jspecify.annotations.Nullable;

/**
 * What the directory is asked for, and the key routes are remembered under.
 *
 * @param intent what is wanted
 * @param model the model wanted, or {@code null}
 * @param region region to prefer, or {@code null}
 * @param qos urgency, or {@code null}
 * @param minReputation least reputation, or {@code null}
 */
record RouteQuery(
        Intent intent,
        @Nullable String model,
        @Nullable String region,
        @Nullable Qos qos,
        @Nullable Double minReputation) {}
