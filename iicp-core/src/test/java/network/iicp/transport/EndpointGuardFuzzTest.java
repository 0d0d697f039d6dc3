package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import network.iicp.protocol.EndpointRefusedException;
import network.iicp.transport.internal.IpLiteral;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EndpointGuardFuzzTest {

    private static final long SEED = 5_150L;
    private static final List<String> PIECES = List.of(
            "http://",
            "https://",
            "127.0.0.1",
            "[::1]",
            "localhost",
            ".",
            ":",
            "/",
            "@",
            "0x7f",
            "1",
            "0",
            "::",
            "[",
            "]",
            "ffff",
            "example.com",
            "%25",
            "%00",
            "..",
            "10",
            "fe80",
            "?",
            "#",
            "-",
            "_",
            "é",
            ":80",
            "2130706433");

    @Test
    void mutated_endpoints_are_allowed_or_refused_and_nothing_else() throws Exception {
        Random random = new Random(SEED);
        EndpointGuard guard = EndpointGuard.of(EndpointScope.PUBLIC, List.of());
        int judged = 0;
        for (int round = 0; round < 50_000; round++) {
            StringBuilder text = new StringBuilder(random.nextInt(4) == 0 ? "" : "http://");
            int pieces = 1 + random.nextInt(6);
            for (int i = 0; i < pieces; i++) {
                text.append(PIECES.get(random.nextInt(PIECES.size())));
            }
            URI uri;
            try {
                uri = new URI(text.toString());
            } catch (URISyntaxException noUri) {
                continue;
            }
            judged++;
            if (isAllowed(guard, uri)) {
                assertAllowedRightly(uri, "seed %d, round %d: %s".formatted(SEED, round, uri));
            }
        }
        assertThat(judged).isGreaterThan(5_000);
    }

    private static boolean isAllowed(EndpointGuard guard, URI uri) {
        try {
            guard.check(uri);
            return true;
        } catch (EndpointRefusedException refused) {
            assertThat(refused.getMessage()).hasSizeLessThan(300);
            return false;
        }
    }

    /** What was allowed is a public literal, or a name that no resolver takes for a number. */
    private static void assertAllowedRightly(URI uri, String where) throws Exception {
        String host = uri.getHost();
        assertThat(host).as(where).isNotEmpty();
        if (IpLiteral.parse(host).isPresent()) {
            InetAddress address = IpLiteral.parse(host).get();
            assertThat(AddressClass.of(address)).as(where).isEqualTo(AddressClass.PUBLIC);
            assertThat(address.isLoopbackAddress()
                            || address.isSiteLocalAddress()
                            || address.isLinkLocalAddress()
                            || address.isAnyLocalAddress()
                            || address.isMulticastAddress())
                    .as(where)
                    .isFalse();
        } else {
            assertThat(host).as(where).contains(".").doesNotContain(":");
            assertThat(host.replaceAll("\\.$", "").replaceAll(".*\\.", ""))
                    .as(where)
                    .matches(".*[a-zA-Z].*");
            assertThat(host.toLowerCase(Locale.ROOT)).as(where).isNotEqualTo("localhost");
        }
    }

    @Test
    void random_IPv6_addresses_outside_global_unicast_are_never_public() throws Exception {
        Random random = new Random(SEED);
        for (int round = 0; round < 50_000; round++) {
            byte[] bytes = new byte[16];
            random.nextBytes(bytes);
            InetAddress address = InetAddress.getByAddress(bytes);
            boolean globalUnicast = (bytes[0] & 0xE0) == 0x20;
            if (!globalUnicast) {
                assertThat(AddressClass.of(address)).as(address.toString()).isNotEqualTo(AddressClass.PUBLIC);
            }
        }
    }
}
