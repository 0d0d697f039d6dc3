package network.iicp.transport;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * Finds the address a call came from. {@code X-Forwarded-For} is believed only as far as trusted proxies wrote it: from
 * the end, the first address that is no trusted proxy is the caller. Immutable and thread-safe.
 */
public final class CallerAddress {

    private static final int MOST_HOPS = 16;
    private static final int IPV6_PREFIX_BYTES = 8;

    private final List<Block> trusted;

    private record Block(InetAddress network, int bits) {

        boolean contains(byte[] address) {
            byte[] begin = network.getAddress();
            if (address.length != begin.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((address[bit / 8] & mask) != (begin[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * Creates the finder.
     *
     * @param trustedProxies addresses or blocks such as {@code 10.0.0.0/8} of the proxies in front of this server
     * @throws ConfigurationException if an entry is neither
     */
    public CallerAddress(List<String> trustedProxies) {
        List<Block> blocks = new ArrayList<>();
        for (String entry : trustedProxies) {
            blocks.add(block(entry.strip()));
        }
        this.trusted = List.copyOf(blocks);
    }

    private static Block block(String entry) {
        int slash = entry.indexOf('/');
        Optional<InetAddress> address = literal(slash < 0 ? entry : entry.substring(0, slash));
        String length = slash < 0 ? "" : entry.substring(slash + 1);
        if (address.isPresent() && (slash < 0 || length.matches("[0-9]{1,3}"))) {
            int most = address.get().getAddress().length * 8;
            int bits = slash < 0 ? most : Integer.parseInt(length);
            if (bits <= most) {
                return new Block(address.get(), bits);
            }
        }
        throw new ConfigurationException(IicpError.of(
                ErrorCode.INVALID_CONFIG,
                ErrorComponent.NODE,
                "trusted proxy %s is neither an IP address nor a block such as 10.0.0.0/8"
                        .formatted(Quoted.of(entry))));
    }

    /** Reads an address without asking a name server. */
    private static Optional<InetAddress> literal(String text) {
        boolean v4 = text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
        boolean v6 = text.indexOf(':') >= 0 && text.matches("[0-9a-fA-F:.]{2,45}");
        if (!v4 && !v6) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(text));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /** Returns the address the call came from, or {@code null} when the connection has none. */
    public @Nullable InetAddress of(ServerExchange exchange) {
        InetAddress peer = exchange.remote().getAddress();
        return peer == null ? null : caller(peer, exchange.headers().getOrDefault("x-forwarded-for", List.of()));
    }

    /**
     * Returns the address a call came from.
     *
     * @param peer the other end of the connection
     * @param forwarded the values of {@code X-Forwarded-For}, in order
     */
    public InetAddress caller(InetAddress peer, List<String> forwarded) {
        InetAddress caller = peer;
        String[] hops = String.join(",", forwarded).split(",", -1);
        for (int at = hops.length - 1; at >= 0 && at >= hops.length - MOST_HOPS; at--) {
            if (!isTrusted(caller)) {
                break;
            }
            Optional<InetAddress> hop = literal(hops[at].strip());
            if (hop.isEmpty()) {
                break;
            }
            caller = hop.get();
        }
        return caller;
    }

    private boolean isTrusted(InetAddress address) {
        byte[] bytes = address.getAddress();
        return trusted.stream().anyMatch(block -> block.contains(bytes));
    }

    /** Returns what is counted as one caller: an IPv4 address, or the network of 64 bits an IPv6 customer is given. */
    public static String countedAs(String source) {
        Optional<InetAddress> address =
                literal(source.indexOf('%') < 0 ? source : source.substring(0, source.indexOf('%')));
        byte[] bytes = address.map(InetAddress::getAddress).orElse(new byte[0]);
        if (bytes.length <= IPV6_PREFIX_BYTES) {
            return source;
        }
        StringBuilder network = new StringBuilder();
        for (int i = 0; i < IPV6_PREFIX_BYTES; i++) {
            network.append("%02x".formatted(bytes[i] & 0xff));
        }
        return network.append("/64").toString();
    }
}
