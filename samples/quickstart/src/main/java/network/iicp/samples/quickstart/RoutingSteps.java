package network.iicp.samples.quickstart;

import java.time.Duration;
import java.util.Locale;
import network.iicp.spi.RoutingEvent;
import network.iicp.spi.RoutingListener;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/** Prints how a question finds a node. Any bean of this type hears of the steps of the application's client. */
@Component
@Order(1)
final class RoutingSteps implements RoutingListener {

    private static final long LONGEST_IN_MILLIS = 2_000;

    private final Screen screen;

    RoutingSteps(Screen screen) {
        this.screen = screen;
    }

    @Override
    public void onEvent(RoutingEvent event) {
        if (event instanceof RoutingEvent.Discovered found) {
            screen.step("discover", "%s, %s".formatted(nodes(found.candidates()), source(found.source())));
        } else if (event instanceof RoutingEvent.Rejected out) {
            screen.step("leave out", "%s, %s".formatted(out.node(), words(out.reason())));
        } else if (event instanceof RoutingEvent.Selected chosen) {
            screen.step("select", "%s, %s".formatted(chosen.node().prefix(), words(chosen.reason())));
        } else if (event instanceof RoutingEvent.Submitted sent) {
            String form = sent.encrypted() ? "encrypted" : "in clear";
            screen.step("submit", "to %s, %s%s".formatted(sent.node(), form, sent.streaming() ? ", as a stream" : ""));
        } else if (event instanceof RoutingEvent.StreamStarted started) {
            screen.step("stream", "from %s after %s".formatted(started.node(), time(started.elapsed())));
        } else if (event instanceof RoutingEvent.AttemptFailed failed) {
            screen.step(
                    "fail",
                    "at %s after %s: %s".formatted(failed.node(), time(failed.elapsed()), words(failed.code())));
        } else if (event instanceof RoutingEvent.Answered answered) {
            screen.step("answer", "from %s after %s".formatted(answered.node(), time(answered.elapsed())));
        } else if (event instanceof RoutingEvent.BreakerChanged breaker) {
            screen.step("breaker", "of %s is %s".formatted(breaker.node(), words(breaker.state())));
        }
    }

    private static String nodes(int count) {
        return count == 1 ? "1 node" : count + " nodes";
    }

    private static String source(String source) {
        return switch (source) {
            case "directory" -> "named by the directory";
            case "ticket" -> "named by a ticket";
            case "standby" -> "from the directory's list";
            case "stale_cache" -> "remembered, no directory answers";
            default -> "remembered";
        };
    }

    private static String words(String code) {
        return code.replace('_', ' ');
    }

    private static String time(Duration elapsed) {
        long millis = elapsed.toMillis();
        return millis < LONGEST_IN_MILLIS ? millis + " ms" : String.format(Locale.ROOT, "%.1f s", millis / 1_000.0);
    }
}
