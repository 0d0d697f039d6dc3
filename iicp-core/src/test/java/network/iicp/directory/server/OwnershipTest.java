package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class OwnershipTest {

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
                    STRICT,  cx-1, token-n, cx-1, same,  PROVEN
                    STRICT,  cx-1, token-n, cx-2, other, PROVEN
                    STRICT,  cx-1, token-n, -,    other, PROVEN
                    STRICT,  cx-1, -,       cx-1, same,  ROUTE_CHANGE
                    STRICT,  cx-1, -,       cx-1, other, ROUTE_CHANGE
                    STRICT,  cx-1, wrong,   cx-1, same,  ROUTE_CHANGE
                    STRICT,  cx-1, -,       cx-2, same,  KEY_CHANGE
                    STRICT,  cx-1, -,       -,    same,  KEY_CHANGE
                    STRICT,  -,    -,       -,    same,  ALLOWED
                    STRICT,  -,    -,       cx-1, same,  ALLOWED
                    STRICT,  -,    -,       -,    other, ALLOWED_IF_OLD_ENDPOINT_IS_DEAD
                    LENIENT, cx-1, -,       cx-1, same,  ALLOWED
                    LENIENT, cx-1, wrong,   cx-1, same,  ALLOWED
                    LENIENT, cx-1, -,       cx-1, other, ALLOWED_IF_OLD_ENDPOINT_IS_DEAD
                    LENIENT, cx-1, -,       cx-2, same,  KEY_CHANGE
                    LENIENT, cx-1, -,       -,    same,  KEY_CHANGE
                    LENIENT, -,    -,       cx-1, other, ALLOWED_IF_OLD_ENDPOINT_IS_DEAD
                    """)
    void proof_and_change_decide(
            OwnershipRule rule,
            @Nullable String storedKey,
            @Nullable String token,
            @Nullable String sentKey,
            String endpoint,
            Ownership expected) {
        Nodes stored = Nodes.node("n").without("cx_public_key");
        if (storedKey != null) {
            stored.with("cx_public_key", Nodes.key(storedKey));
        }
        Map<String, Object> sent = Nodes.registration("n");
        sent.remove("cx_public_key");
        if (sentKey != null) {
            sent.put("cx_public_key", Nodes.key(sentKey));
        }
        if (token != null) {
            sent.put("current_node_token", token);
        }
        if (endpoint.equals("other")) {
            sent.put("endpoint", "http://127.0.0.1:1");
        }
        assertThat(Ownership.of(stored.record(), RegistrationRequest.of(sent), rule))
                .isEqualTo(expected);
    }

    @Test
    void a_refusal_names_its_code_and_the_way_out() {
        NodeRecord known = Nodes.node("node-number-one").record();
        assertThatThrownBy(() -> Ownership.KEY_CHANGE.require(known))
                .isInstanceOfSatisfying(DirectoryRefusal.class, e -> {
                    assertThat(e.status()).isEqualTo(403);
                    assertThat(e.code()).isEqualTo("IICP-E049");
                    assertThat(e).hasMessageContaining("current_node_token").hasMessageNotContaining("node-number-one");
                });
        assertThatThrownBy(() -> Ownership.ROUTE_CHANGE.require(known))
                .isInstanceOfSatisfying(
                        DirectoryRefusal.class, e -> assertThat(e.code()).isEqualTo("IICP-E050"));
        for (Ownership allowed :
                new Ownership[] {Ownership.PROVEN, Ownership.ALLOWED, Ownership.ALLOWED_IF_OLD_ENDPOINT_IS_DEAD}) {
            assertThatCode(() -> allowed.require(known)).doesNotThrowAnyException();
        }
    }
}
