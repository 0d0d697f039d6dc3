package network.iicp.transport;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.EndpointRefusedException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.TransportException;
import network.iicp.transport.internal.Cidr;
import network.iicp.transport.internal.IpLiteral;

/**
 * Decides which endpoints this process may connect to, so that an address a stranger registered cannot make it talk to itself, to its
 * private network or to the metadata service of its cloud. Immutable, thread-safe. Source: IICP consumer rules on endpoint security,
 * {@code iicp.endpoint-security.v1}.
 *
 * <p>{@link #check} judges what is written, {@link #checkResolved} also what the name resolves to: every answer must be allowed. The JDK's
 * HTTP client resolves again when it connects; it takes the answer from the address cache of the JVM when it does so within the cache
 * time ({@code networkaddress.cache.ttl}, 30 s unless set), so the check is made immediately before each exchange. Setting that time to 0
 * gives the protection against names that change their answer away.
 *
 * <p>Link-local and metadata addresses, multicast and addresses that are no hosts are never allowed, whatever is listed.
 */
public final class EndpointGuard {

    private static final List<String> NEVER_PUBLIC_SUFFIXES =
            List.of(".localhost", ".local", ".internal", ".lan", ".test", ".invalid", ".example", ".home.arpa");
    private static final Set<String> METADATA_NAMES = Set.of(
            "metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal");
    private static final int SHOWN_HOST_CHARS = 64;

    private static final EndpointGuard UNRESTRICTED =
            new EndpointGuard(EndpointScope.LOCAL, List.of(), true, InetAddress::getAllByName);

    private final EndpointScope scope;
    private final boolean unrestricted;
    private final List<Cidr> networks;
    private final List<String> names;
    private final Resolver resolver;

    /** Asks for the addresses of a name; replaced in tests. */
    @FunctionalInterface
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    private EndpointGuard(EndpointScope scope, List<String> privateNetworks, boolean unrestricted, Resolver resolver) {
        this.scope = Objects.requireNonNull(scope, "scope");
        this.unrestricted = unrestricted;
        this.resolver = resolver;
        List<Cidr> blocks = new ArrayList<>();
        List<String> hosts = new ArrayList<>();
        for (String entry : privateNetworks) {
            String text = entry.strip().toLowerCase(Locale.ROOT);
            Optional<Cidr> block = Cidr.parse(text);
            if (block.isPresent()) {
                blocks.add(block.get());
            } else {
                hosts.add(hostRule(text));
            }
        }
        this.networks = List.copyOf(blocks);
        this.names = List.copyOf(hosts);
    }

    private static String hostRule(String text) {
        String name = text.startsWith("*.") ? text.substring(2) : text;
        boolean valid = name.matches("[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
                && !IpLiteral.looksNumeric(name);
        if (!valid) {
            throw new ConfigurationException(IicpError.of(
                    ErrorCode.INVALID_CONFIG,
                    ErrorComponent.CLIENT,
                    "private network '%s' is not a block like 10.0.0.0/8, a suffix like *.lan or a host name"
                            .formatted(shown(text))));
        }
        return text.startsWith("*.") ? text.substring(1) : text;
    }

    /**
     * Returns a guard for endpoints that others registered.
     *
     * @param scope how far away endpoints may be
     * @param privateNetworks blocks ({@code 10.0.0.0/8}, {@code fd00::/8}), suffixes ({@code *.lan}) and host names that are allowed in the
     *     scopes {@link EndpointScope#LOCAL} and {@link EndpointScope#PRIVATE}; ignored in {@link EndpointScope#PUBLIC}
     * @return the guard
     * @throws ConfigurationException if an entry is none of these
     */
    public static EndpointGuard of(EndpointScope scope, List<String> privateNetworks) {
        return new EndpointGuard(scope, privateNetworks, false, InetAddress::getAllByName);
    }

    static EndpointGuard of(EndpointScope scope, List<String> privateNetworks, Resolver resolver) {
        return new EndpointGuard(scope, privateNetworks, false, resolver);
    }

    /** Returns a guard for URLs that the operator configured: only their form is checked, no address is refused and no name resolved. */
    public static EndpointGuard unrestricted() {
        return UNRESTRICTED;
    }

    /** Returns the scope; {@link EndpointScope#LOCAL} when unrestricted. */
    public EndpointScope scope() {
        return scope;
    }

    /** Returns whether every address is allowed. */
    public boolean isUnrestricted() {
        return unrestricted;
    }

    /**
     * Judges an endpoint as it is written: scheme, form, literal addresses, host names. Asks no name server.
     *
     * @param endpoint an absolute URL
     * @throws EndpointRefusedException if it is not allowed; the message says why
     */
    public void check(URI endpoint) {
        String host = hostOf(endpoint);
        if (unrestricted) {
            return;
        }
        Optional<InetAddress> literal = IpLiteral.parse(host);
        if (literal.isPresent()) {
            checkAddress(literal.get(), host, false);
            return;
        }
        if (host.indexOf(':') >= 0 || IpLiteral.looksNumeric(host)) {
            throw refused(host, "is not a plainly written IP address");
        }
        checkName(host);
    }

    /**
     * Judges an endpoint like {@link #check}, and then every address its host name resolves to now. Blocks while the name is resolved.
     *
     * @param endpoint an absolute URL
     * @throws EndpointRefusedException if the endpoint or one of its addresses is not allowed
     * @throws TransportException if the name does not resolve
     */
    public void checkResolved(URI endpoint) {
        check(endpoint);
        String host = hostOf(endpoint);
        if (unrestricted || IpLiteral.parse(host).isPresent()) {
            return;
        }
        boolean listed = allowsPrivate() && isListed(host);
        for (InetAddress address : resolve(host)) {
            checkAddress(address, host, listed);
        }
    }

    /** Returns whether {@link #checkResolved} asks a name server about an endpoint, and so may block. */
    boolean asksNameServer(URI endpoint) {
        String host = endpoint.getHost();
        return !unrestricted && host != null && IpLiteral.parse(host).isEmpty();
    }

    /** Returns the host in lower case without a final dot, after the form of the endpoint was checked. */
    private static String hostOf(URI endpoint) {
        String scheme = endpoint.getScheme();
        boolean http = scheme != null && (scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"));
        if (!http) {
            throw refused(String.valueOf(scheme), "is not the scheme http or https");
        }
        if (endpoint.getRawUserInfo() != null) {
            throw refused("user information", "must not be part of an endpoint");
        }
        String host = endpoint.getHost();
        if (host == null || host.isEmpty()) {
            throw refused("the host of the endpoint", "is missing or malformed");
        }
        if (endpoint.getPort() == 0 || endpoint.getPort() > 65_535) {
            throw refused("port " + endpoint.getPort(), "is not in 1..65535");
        }
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    private void checkName(String host) {
        if (METADATA_NAMES.contains(host)) {
            throw refused(host, "is a metadata service");
        }
        if (host.equals("localhost") && scope == EndpointScope.LOCAL) {
            return;
        }
        if (allowsPrivate() && isListed(host)) {
            return;
        }
        if (host.indexOf('.') < 0) {
            throw refused(host, "is not a public host name" + advice());
        }
        if (NEVER_PUBLIC_SUFFIXES.stream().anyMatch(host::endsWith)) {
            throw refused(host, "is a name of private networks" + advice());
        }
    }

    private InetAddress[] resolve(String host) {
        try {
            return resolver.resolve(host);
        } catch (UnknownHostException e) {
            throw new TransportException(
                    IicpError.of(
                                    ErrorCode.NETWORK_ERROR,
                                    ErrorComponent.CLIENT,
                                    "the host name %s does not resolve".formatted(shown(host)))
                            .withHttpStatus(0),
                    e);
        }
    }

    /** @param nameListed whether the operator listed the name, which covers private addresses behind it */
    private void checkAddress(InetAddress address, String host, boolean nameListed) {
        AddressClass kind = AddressClass.of(address);
        boolean allowed =
                switch (kind) {
                    case PUBLIC -> true;
                    case LOOPBACK -> scope == EndpointScope.LOCAL || isListed(address);
                    case PRIVATE, CARRIER_GRADE_NAT -> (allowsPrivate() && nameListed) || isListed(address);
                    case DOCUMENTATION -> isListed(address);
                    case LINK_LOCAL, METADATA, MULTICAST, RESERVED -> false;
                };
        if (!allowed) {
            String what = kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
            String reason = "has a %s address, which scope %s does not allow"
                    .formatted(what, scope.name().toLowerCase(Locale.ROOT));
            throw refused(host, mayBeListed(kind) ? reason + advice() : reason);
        }
    }

    private static boolean mayBeListed(AddressClass kind) {
        return kind == AddressClass.PRIVATE || kind == AddressClass.CARRIER_GRADE_NAT || kind == AddressClass.LOOPBACK;
    }

    private static String advice() {
        return "; if it is yours, list it in iicp.private-networks";
    }

    private boolean allowsPrivate() {
        return scope != EndpointScope.PUBLIC;
    }

    private boolean isListed(InetAddress address) {
        byte[] bytes = address.getAddress();
        return allowsPrivate() && networks.stream().anyMatch(block -> block.contains(bytes));
    }

    private boolean isListed(String host) {
        return names.stream().anyMatch(name -> name.startsWith(".") ? host.endsWith(name) : host.equals(name));
    }

    private static EndpointRefusedException refused(String value, String reason) {
        return new EndpointRefusedException(
                IicpError.of(ErrorCode.ENDPOINT_REFUSED, ErrorComponent.CLIENT, shown(value) + " " + reason));
    }

    private static String shown(String value) {
        String printable = value.replaceAll("[^\\x20-\\x7E]", "?");
        return printable.length() <= SHOWN_HOST_CHARS ? printable : printable.substring(0, SHOWN_HOST_CHARS) + "…";
    }

    @Override
    public String toString() {
        return unrestricted ? "EndpointGuard[unrestricted]" : "EndpointGuard[%s]".formatted(scope);
    }
}
