package network.iicp.spring.boot;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.protocol.Quoted;
import org.springframework.core.convert.converter.Converter;

/**
 * Reads a routing strategy by its official name, such as {@code weighted_v1}, or by that of our enum in any spelling.
 */
final class RoutingStrategyConverter implements Converter<String, RoutingStrategy> {

    @Override
    public RoutingStrategy convert(String source) {
        String word = source.trim().toLowerCase(Locale.ROOT).replace('-', '_');
        return RoutingStrategy.of(word)
                .or(() -> Arrays.stream(RoutingStrategy.values())
                        .filter(strategy -> strategy.name().equalsIgnoreCase(word))
                        .findFirst())
                .orElseThrow(() -> new IllegalArgumentException("%s is no routing strategy; there are %s"
                        .formatted(
                                Quoted.of(source),
                                Arrays.stream(RoutingStrategy.values())
                                        .map(RoutingStrategy::wireName)
                                        .collect(Collectors.joining(", ")))));
    }
}
