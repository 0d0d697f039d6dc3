package network.iicp.spring.boot;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import network.iicp.IicpClient;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.registration.DiscoverQuery;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether the directory answers. A mesh without nodes is up: that nobody serves a model now says nothing about this
 * application, and the number of chat nodes is told as a detail.
 */
final class DirectoryHealthIndicator implements HealthIndicator {

    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final IicpClient client;
    private final Duration limit;

    DirectoryHealthIndicator(IicpClient client) {
        this(client, LIMIT);
    }

    DirectoryHealthIndicator(IicpClient client, Duration limit) {
        this.client = client;
        this.limit = limit;
    }

    @Override
    public Health health() {
        Health.Builder health = Health.unknown()
                .withDetail("directory", client.settings().directoryUrl().getAuthority())
                .withDetail("scope", client.settings().scope())
                .withDetail("openBreakers", client.health().openBreakers());
        CompletableFuture<List<NodeDescriptor>> answer =
                client.discoverAsync(DiscoverQuery.builder(Intent.LLM_CHAT).build());
        try {
            List<NodeDescriptor> nodes = answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            long available = nodes.stream().filter(NodeDescriptor::available).count();
            return health.up()
                    .withDetail("chatNodes", nodes.size())
                    .withDetail("available", available)
                    .build();
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            return health.withDetail("reason", "the check was interrupted").build();
        } catch (TimeoutException e) {
            answer.cancel(true);
            return down(health, "no answer within %d ms".formatted(limit.toMillis()), null);
        } catch (ExecutionException e) {
            return e.getCause() instanceof IicpException known
                    ? down(health, String.valueOf(known.getMessage()), known.code())
                    : down(health, "the client failed", null);
        }
    }

    private Health down(Health.Builder health, String reason, @Nullable String code) {
        Duration sinceAnswer = client.health().sinceAnswer();
        health.down().withDetail("reason", reason);
        if (sinceAnswer != null) {
            health.withDetail("secondsSinceAnswer", sinceAnswer.toSeconds());
        }
        if (code != null) {
            health.withDetail("code", code);
        }
        return health.build();
    }
}
