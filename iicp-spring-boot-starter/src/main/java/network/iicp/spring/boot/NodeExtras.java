package network.iicp.spring.boot;

import java.net.URI;
import java.time.DateTimeException;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import network.iicp.node.AvailabilitySchedule;
import network.iicp.node.CooperationPolicy;
import network.iicp.node.NodeDirectory;
import network.iicp.node.NodePrice;
import network.iicp.node.NodeSettingsBuilder;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Intent;

/** Gives a node those of its properties that are more than one value. */
final class NodeExtras {

    private NodeExtras() {}

    static void apply(IicpNodeProperties from, URI first, NodeSettingsBuilder to) {
        to.keyRotation(from.keyRotation())
                .admissionWait(from.admissionWait())
                .tasksPerMinutePerCaller(from.tasksPerMinutePerCaller())
                .tokensPerMinutePerCaller(from.tokensPerMinutePerCaller())
                .enforceTokensPerMinute(from.enforceTokensPerMinute())
                .trustedProxies(from.trustedProxies())
                .creditReporting(from.creditReporting())
                .cooperation(new CooperationPolicy(
                        from.cooperation().worker(),
                        from.cooperation().toolExecution(),
                        from.cooperation().maxConcurrentRemote(),
                        from.cooperation().maxWorkerTimeout()))
                .directories(directories(from, first));
        if (from.policyManifest() != null) {
            to.policyManifest(from.policyManifest());
        }
        from.intents().forEach(urn -> to.intent(Intent.parse(urn)));
        if (!from.availability().windows().isEmpty()) {
            to.availability(schedule(from.availability()));
        }
        Double multiplier = from.price().creditCostMultiplier();
        if (multiplier != null) {
            to.price(checked(
                    "iicp.node.price",
                    () -> new NodePrice(
                            multiplier, from.price().model(), from.price().signed())));
        }
    }

    private static List<NodeDirectory> directories(IicpNodeProperties from, URI first) {
        List<NodeDirectory> all = new ArrayList<>();
        all.add(NodeDirectory.of(first));
        from.directories().forEach(directory -> all.add(new NodeDirectory(directory.url(), directory.joinToken())));
        return all;
    }

    private static AvailabilitySchedule schedule(IicpNodeProperties.Availability from) {
        ZoneId zone = from.zone() == null ? ZoneId.systemDefault() : from.zone();
        return checked("iicp.node.availability", () -> {
            AvailabilitySchedule schedule = AvailabilitySchedule.in(zone).withOutsideShare(from.outsideShare());
            for (IicpNodeProperties.Window window : from.windows()) {
                schedule =
                        schedule.window(LocalTime.parse(window.start()), LocalTime.parse(window.end()), window.share());
            }
            return schedule;
        });
    }

    private interface Value<T> {
        T get();
    }

    private static <T> T checked(String property, Value<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new ConfigurationException(
                    IicpError.of(
                            ErrorCode.INVALID_CONFIG,
                            ErrorComponent.NODE,
                            "%s is not valid: %s".formatted(property, e.getMessage())),
                    e);
        }
    }
}
