package network.iicp.transport;

import java.net.InetAddress;
import java.util.List;
import network.iicp.transport.internal.Cidr;
import network.iicp.transport.internal.IpLiteral;

/**
 * What an IP address is for. IPv6 addresses that carry an IPv4 address (mapped, translated, NAT64, 6to4, Teredo) are judged by the
 * address they carry. Source: the IANA special-purpose address registries; IICP consumer rules on endpoint security.
 */
public enum AddressClass {
    /** Routed by the whole internet. */
    PUBLIC,
    /** This machine: 127/8, ::1. */
    LOOPBACK,
    /** Private networks: 10/8, 172.16/12, 192.168/16, fc00::/7, fec0::/10, 64:ff9b:1::/48. */
    PRIVATE,
    /** Shared by the customers of one carrier: 100.64/10. */
    CARRIER_GRADE_NAT,
    /** One link only: 169.254/16, fe80::/10. */
    LINK_LOCAL,
    /** Addresses at which cloud machines find their credentials, outside the link-local range. */
    METADATA,
    /** Documentation and benchmarks. */
    DOCUMENTATION,
    /** Groups: 224/4, ff00::/8. */
    MULTICAST,
    /** Everything else that is no host: 0/8, 192.0.0/24, 240/4, ::, discard and unassigned ranges. */
    RESERVED;

    private record Range(Cidr network, AddressClass kind) {}

    private static final List<Range> V4 = List.of(
            range("100.100.100.200/32", METADATA),
            range("168.63.129.16/32", METADATA),
            range("192.0.0.192/32", METADATA),
            range("0.0.0.0/8", RESERVED),
            range("10.0.0.0/8", PRIVATE),
            range("100.64.0.0/10", CARRIER_GRADE_NAT),
            range("127.0.0.0/8", LOOPBACK),
            range("169.254.0.0/16", LINK_LOCAL),
            range("172.16.0.0/12", PRIVATE),
            range("192.0.0.0/24", RESERVED),
            range("192.0.2.0/24", DOCUMENTATION),
            range("192.168.0.0/16", PRIVATE),
            range("198.18.0.0/15", DOCUMENTATION),
            range("198.51.100.0/24", DOCUMENTATION),
            range("203.0.113.0/24", DOCUMENTATION),
            range("224.0.0.0/4", MULTICAST),
            range("240.0.0.0/4", RESERVED));

    private static final List<Range> V6 = List.of(
            range("::1/128", LOOPBACK),
            range("fd00:ec2::254/128", METADATA),
            range("fd20:ce::254/128", METADATA),
            range("64:ff9b:1::/48", PRIVATE),
            range("fc00::/7", PRIVATE),
            range("fec0::/10", PRIVATE),
            range("fe80::/10", LINK_LOCAL),
            range("ff00::/8", MULTICAST),
            range("2001:2::/48", DOCUMENTATION),
            range("2001:db8::/32", DOCUMENTATION),
            range("3fff::/20", DOCUMENTATION),
            range("2001::/23", RESERVED),
            range("2000::/3", PUBLIC),
            range("::/0", RESERVED));

    private static Range range(String cidr, AddressClass kind) {
        return new Range(Cidr.parse(cidr).orElseThrow(), kind);
    }

    /** Returns what the address is for. */
    public static AddressClass of(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 4) {
            return first(V4, bytes, PUBLIC);
        }
        List<byte[]> embedded = IpLiteral.embeddedIpv4(bytes);
        if (embedded.isEmpty()) {
            return first(V6, bytes, RESERVED);
        }
        return embedded.stream()
                .map(v4 -> first(V4, v4, PUBLIC))
                .filter(kind -> kind != PUBLIC)
                .findFirst()
                .orElse(PUBLIC);
    }

    private static AddressClass first(List<Range> ranges, byte[] bytes, AddressClass otherwise) {
        for (Range range : ranges) {
            if (range.network().contains(bytes)) {
                return range.kind();
            }
        }
        return otherwise;
    }
}
