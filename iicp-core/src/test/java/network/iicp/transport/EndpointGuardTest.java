package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.EndpointRefusedException;
import network.iicp.protocol.TransportException;
import network.iicp.transport.internal.IpLiteral;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EndpointGuardTest {

    private static final EndpointGuard PUBLIC = EndpointGuard.of(EndpointScope.PUBLIC, List.of("10.0.0.0/8"));

    private static EndpointGuard resolving(EndpointScope scope, List<String> networks, String... addresses) {
        return EndpointGuard.of(scope, networks, host -> {
            InetAddress[] answers = new InetAddress[addresses.length];
            for (int i = 0; i < addresses.length; i++) {
                answers[i] = IpLiteral.parse(addresses[i]).orElseThrow();
            }
            return answers;
        });
    }

    @Nested
    class In_public_scope {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "https://provider.example.com/iicp",
                    "http://93.184.216.34:9484",
                    "https://[2606:2800:220:1:248:1893:25c8:1946]/",
                    "https://node.example.org.",
                    "https://xn--bcher-kva.example.net",
                    "https://[::ffff:93.184.216.34]/",
                    "https://[64:ff9b::5db8:d822]/",
                    "https://[2002:5db8:d822::1]/"
                })
        void public_endpoints_are_allowed(String endpoint) {
            assertThatCode(() -> PUBLIC.check(URI.create(endpoint))).doesNotThrowAnyException();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "http://0.0.0.0/",
                    "http://0.1.2.3/",
                    "http://10.0.0.5/",
                    "http://100.64.0.1/",
                    "http://100.127.255.255/",
                    "http://127.0.0.1/",
                    "http://127.255.255.254/",
                    "http://169.254.169.254/latest/meta-data",
                    "http://172.16.0.1/",
                    "http://172.31.255.255/",
                    "http://192.0.0.1/",
                    "http://192.0.2.10/",
                    "http://192.168.1.1/",
                    "http://198.18.0.1/",
                    "http://198.19.255.255/",
                    "http://198.51.100.1/",
                    "http://203.0.113.1/",
                    "http://224.0.0.1/",
                    "http://240.0.0.1/",
                    "http://255.255.255.255/",
                    "http://168.63.129.16/",
                    "http://100.100.100.200/",
                    "http://[::]/",
                    "http://[::1]/",
                    "http://[100::1]/",
                    "http://[2001:db8::1]/",
                    "http://[3fff::1]/",
                    "http://[fc00::1]/",
                    "http://[fd00::1]/",
                    "http://[fd00:ec2::254]/",
                    "http://[fe80::1]/",
                    "http://[fec0::1]/",
                    "http://[ff02::1]/",
                    "http://[4000::1]/",
                    "http://[::127.0.0.1]/",
                    "http://[::ffff:127.0.0.1]/",
                    "http://[::ffff:10.0.0.1]/",
                    "http://[::ffff:0:10.0.0.1]/",
                    "http://[64:ff9b::7f00:1]/",
                    "http://[64:ff9b::a9fe:a9fe]/",
                    "http://[64:ff9b:1::1]/",
                    "http://[2002:7f00:1::]/",
                    "http://[2002:c0a8:101::1]/",
                    "http://[2001:0:5db8:d822::f5ff:fffe]/"
                })
        void special_addresses_are_refused(String endpoint) {
            assertThatThrownBy(() -> PUBLIC.check(URI.create(endpoint)))
                    .isInstanceOf(EndpointRefusedException.class)
                    .hasMessageNotContaining("latest");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "http://localhost/",
                    "http://LOCALHOST./",
                    "http://ollama/",
                    "http://a.localhost/",
                    "http://provider.local/",
                    "http://provider.internal/",
                    "http://nas.lan/",
                    "http://x.test/",
                    "http://x.invalid/",
                    "http://x.example/",
                    "http://router.home.arpa/",
                    "http://metadata.google.internal/",
                    "http://Provider.Local./"
                })
        void names_of_private_networks_are_refused(String endpoint) {
            assertThatThrownBy(() -> PUBLIC.check(URI.create(endpoint))).isInstanceOf(EndpointRefusedException.class);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "http://2130706433/",
                    "http://0x7f000001/",
                    "http://0177.0.0.1/",
                    "http://127.1/",
                    "http://127.0.1/",
                    "http://0x7f.0.0.1/",
                    "http://010.0.0.1/",
                    "http://1.2.3.4.5/",
                    "http://999.1.1.1/",
                    "http://example.0x10/"
                })
        void IPv4_addresses_in_other_spellings_are_refused(String endpoint) {
            assertThatThrownBy(() -> PUBLIC.check(URI.create(endpoint))).isInstanceOf(EndpointRefusedException.class);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "ftp://example.com/",
                    "file:///etc/passwd",
                    "/relative",
                    "mailto:a@example.com",
                    "http:///nohost",
                    "http://user@example.com/",
                    "http://user:pass@example.com/",
                    "http://example.com:0/",
                    "http://example.com:70000/",
                    "http://under_score.example.com:80:80/",
                    "http://[fe80::1%25eth0]/"
                })
        void malformed_endpoints_are_refused(String endpoint) {
            assertThatThrownBy(() -> PUBLIC.check(URI.create(endpoint)))
                    .isInstanceOf(EndpointRefusedException.class)
                    .hasMessageNotContaining("pass");
        }

        @Test
        void every_answer_of_the_name_server_must_be_public() {
            URI uri = URI.create("https://provider.example.com/");
            assertThatCode(() -> resolving(EndpointScope.PUBLIC, List.of(), "93.184.216.34", "2606:2800::1")
                            .checkResolved(uri))
                    .doesNotThrowAnyException();
            assertThatThrownBy(() -> resolving(EndpointScope.PUBLIC, List.of(), "93.184.216.34", "10.0.0.5")
                            .checkResolved(uri))
                    .isInstanceOf(EndpointRefusedException.class)
                    .hasMessageContaining("provider.example.com")
                    .hasMessageContaining("private");
        }

        @Test
        void a_name_that_changes_its_answer_is_caught_at_the_next_call() {
            AtomicInteger asked = new AtomicInteger();
            EndpointGuard guard = EndpointGuard.of(EndpointScope.PUBLIC, List.of(), host -> new InetAddress[] {
                IpLiteral.parse(asked.getAndIncrement() == 0 ? "93.184.216.34" : "127.0.0.1")
                        .orElseThrow()
            });
            URI uri = URI.create("https://rebind.example.com/");
            guard.checkResolved(uri);
            assertThatThrownBy(() -> guard.checkResolved(uri)).isInstanceOf(EndpointRefusedException.class);
        }

        @Test
        void a_name_that_does_not_resolve_is_a_transport_failure() {
            EndpointGuard guard = EndpointGuard.of(EndpointScope.PUBLIC, List.of(), host -> {
                throw new UnknownHostException(host);
            });
            assertThatThrownBy(() -> guard.checkResolved(URI.create("https://gone.example.com/")))
                    .isInstanceOf(TransportException.class)
                    .hasMessageContaining("gone.example.com");
        }

        @Test
        void literals_are_never_looked_up() {
            EndpointGuard guard = EndpointGuard.of(EndpointScope.PUBLIC, List.of(), host -> {
                throw new AssertionError("looked up " + host);
            });
            assertThatCode(() -> guard.checkResolved(URI.create("http://93.184.216.34/")))
                    .doesNotThrowAnyException();
        }
    }

    @Nested
    class In_local_scope {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "http://127.0.0.1:9484/",
                    "http://127.9.9.9/",
                    "http://[::1]:9484/",
                    "http://localhost:9484/",
                    "https://provider.example.com/",
                    "http://192.168.7.7/"
                })
        void loopback_listed_and_public_are_allowed(String endpoint) {
            EndpointGuard guard = EndpointGuard.of(EndpointScope.LOCAL, List.of("192.168.7.0/24"));
            assertThatCode(() -> guard.check(URI.create(endpoint))).doesNotThrowAnyException();
        }

        @ParameterizedTest
        @ValueSource(strings = {"http://10.0.0.1/", "http://169.254.169.254/", "http://0.0.0.0/", "http://nas.lan/"})
        void the_rest_is_refused(String endpoint) {
            EndpointGuard guard = EndpointGuard.of(EndpointScope.LOCAL, List.of());
            assertThatThrownBy(() -> guard.check(URI.create(endpoint))).isInstanceOf(EndpointRefusedException.class);
        }

        @Test
        void a_public_name_may_resolve_to_loopback() {
            EndpointGuard guard = resolving(EndpointScope.LOCAL, List.of(), "127.0.0.1");
            assertThatCode(() -> guard.checkResolved(URI.create("http://me.example.com/")))
                    .doesNotThrowAnyException();
        }
    }

    @Nested
    class In_private_scope {

        private static final List<String> NETWORKS =
                List.of("10.0.0.0/8", "FD00::/8", "*.lan", "*.svc.cluster.local", "gpu-box", " 192.168.1.5 ");

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "http://10.20.30.40/",
                    "http://[fd12::1]/",
                    "http://192.168.1.5/",
                    "http://nas.lan/",
                    "http://NAS.LAN:8080/",
                    "http://a.b.svc.cluster.local/",
                    "http://gpu-box:11434/",
                    "http://[::ffff:10.1.1.1]/",
                    "https://provider.example.com/"
                })
        void what_is_listed_is_allowed_beside_the_public(String endpoint) {
            EndpointGuard guard = EndpointGuard.of(EndpointScope.PRIVATE, NETWORKS);
            assertThatCode(() -> guard.check(URI.create(endpoint))).doesNotThrowAnyException();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "http://192.168.1.6/",
                    "http://127.0.0.1/",
                    "http://localhost/",
                    "http://lan/",
                    "http://evil-lan/",
                    "http://cluster.local/",
                    "http://cpu-box/",
                    "http://[fe80::1]/"
                })
        void the_rest_is_refused(String endpoint) {
            EndpointGuard guard = EndpointGuard.of(EndpointScope.PRIVATE, NETWORKS);
            assertThatThrownBy(() -> guard.check(URI.create(endpoint))).isInstanceOf(EndpointRefusedException.class);
        }

        @Test
        void a_listed_name_covers_private_addresses_and_nothing_worse() {
            URI uri = URI.create("http://nas.lan/");
            assertThatCode(() -> resolving(EndpointScope.PRIVATE, NETWORKS, "172.20.0.9", "fc00::7")
                            .checkResolved(uri))
                    .doesNotThrowAnyException();
            for (String address : List.of("127.0.0.1", "169.254.169.254", "fe80::1", "fd00:ec2::254", "0.0.0.0")) {
                assertThatThrownBy(() -> resolving(EndpointScope.PRIVATE, NETWORKS, address)
                                .checkResolved(uri))
                        .as(address)
                        .isInstanceOf(EndpointRefusedException.class);
            }
        }

        @Test
        void a_public_name_may_resolve_into_a_listed_block_only() {
            URI uri = URI.create("http://node.example.com/");
            assertThatCode(() -> resolving(EndpointScope.PRIVATE, NETWORKS, "10.1.2.3")
                            .checkResolved(uri))
                    .doesNotThrowAnyException();
            assertThatThrownBy(() -> resolving(EndpointScope.PRIVATE, NETWORKS, "172.20.0.9")
                            .checkResolved(uri))
                    .isInstanceOf(EndpointRefusedException.class);
        }

        @Test
        void link_local_and_metadata_are_refused_even_when_listed() {
            EndpointGuard guard =
                    EndpointGuard.of(EndpointScope.PRIVATE, List.of("0.0.0.0/0", "::/0", "metadata.google.internal"));
            for (String host : List.of(
                    "169.254.169.254",
                    "100.100.100.200",
                    "168.63.129.16",
                    "[fe80::1]",
                    "[fd00:ec2::254]",
                    "metadata.google.internal")) {
                assertThatThrownBy(() -> guard.check(URI.create("http://" + host + "/")))
                        .as(host)
                        .isInstanceOf(EndpointRefusedException.class);
            }
            assertThatCode(() -> guard.check(URI.create("http://127.0.0.1/"))).doesNotThrowAnyException();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "10.0.0.0/33",
                    "10.0.0/8",
                    "fd00::/129",
                    "*.*.lan",
                    "http://x",
                    "",
                    "a b",
                    "*",
                    "10.0.0.0/",
                    "1.2.3"
                })
        void a_malformed_entry_is_named(String entry) {
            assertThatThrownBy(() -> EndpointGuard.of(EndpointScope.PRIVATE, List.of(entry)))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("'" + entry + "'");
        }
    }

    @Test
    void the_refusal_says_how_to_allow_what_is_ones_own() {
        assertThatThrownBy(() -> PUBLIC.check(URI.create("http://192.168.1.1:8080/v1?key=secret")))
                .hasMessageContaining("192.168.1.1")
                .hasMessageContaining("iicp.private-networks")
                .hasMessageNotContaining("secret")
                .hasMessageNotContaining("8080");
    }

    @Test
    void an_unrestricted_guard_checks_the_form_only() {
        EndpointGuard guard = EndpointGuard.unrestricted();
        assertThatCode(() -> guard.checkResolved(URI.create("http://169.254.1.1/")))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> guard.check(URI.create("http://u:p@127.0.0.1/")))
                .isInstanceOf(EndpointRefusedException.class);
        assertThatThrownBy(() -> guard.check(URI.create("ftp://127.0.0.1/")))
                .isInstanceOf(EndpointRefusedException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:9480/api, false, LOCAL",
        "http://127.3.2.1, true, LOCAL",
        "http://localhost:9480, false, LOCAL",
        "http://[::1]:9480, false, LOCAL",
        "http://10.0.0.5, true, PRIVATE",
        "http://10.0.0.5, false, PUBLIC",
        "https://iicp.network/api, false, PUBLIC",
        "https://localhost.example.com, false, PUBLIC"
    })
    void the_scope_follows_the_directory(URI directory, boolean listed, EndpointScope expected) {
        assertThat(EndpointScope.ofDirectory(directory, listed)).isEqualTo(expected);
    }
}
