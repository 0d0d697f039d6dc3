package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.registration.BackendStability;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RequestFormTest {

    private static DirectoryRefusal refusal(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        DirectoryRefusal refusal = catchThrowableOfType(DirectoryRefusal.class, call);
        assertThat(refusal).as("the request must be refused").isNotNull();
        return refusal;
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class A_registration {

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                        endpoint          | null
                        endpoint          | 7
                        endpoint          | ""
                        endpoint          | "ftp://a.example"
                        endpoint          | "http://"
                        endpoint          | "http://a b"
                        endpoint          | "http://u:p@a.example"
                        endpoint          | "http://a.example?x"
                        endpoint          | "http://a.example#x"
                        region            | "1eu"
                        region            | "eu central"
                        region            | ["eu"]
                        node_id           | "-x"
                        node_id           | "0123456789012345678901234567890123456"
                        node_id           | 7
                        capabilities      | null
                        capabilities      | []
                        capabilities      | {}
                        capabilities      | "chat"
                        capabilities.0    | ["chat"]
                        limits            | []
                        limits.max_concurrent | {"max_concurrent":0}
                        limits.max_concurrent | {"max_concurrent":257}
                        limits.max_concurrent | {"max_concurrent":1.5}
                        limits.max_concurrent | {"max_concurrent":"4"}
                        limits.tokens_per_min | {"tokens_per_min":0}
                        transport_endpoint| "http://a.example"
                        transport_endpoint| "iicp:a"
                        transport_method  | "pigeon"
                        nat_type          | "pigeon"
                        exposure_mode     | "pigeon"
                        transport_metadata| []
                        transport_candidates.0 | [7]
                        relay_capable     | "yes"
                        relay_accept_port | 65536
                        relay_accept_port | 0
                        cx_public_key     | "bare"
                        cx_public_key.key | {"algorithm":"X25519","encoding":"base64url","key_id":"k"}
                        cx_public_key     | {"algorithm":"X25519","encoding":"base64url","key":"AAAA","key_id":"k"}
                        cx_public_key.algorithm | {"algorithm":"RSA","encoding":"base64url","key":"AAAA","key_id":"k"}
                        public_key        | "not hex"
                        backend           | "gpt"
                        policy.allow_tool_execution | {"allow_tool_execution":1}
                        policy.pricing_credits_per_1000 | {"pricing_credits_per_1000":1001}
                        pricing.credit_cost_multiplier | {"credit_cost_multiplier":-1}
                        pricing.pricing_model | {"pricing_model":"per_letter"}
                        availability.0.start | [{"start":"8:00","end":"09:00","share":1}]
                        availability.0.end | [{"start":"08:00","end":"24:00","share":1}]
                        availability.0.share | [{"start":"08:00","end":"09:00","share":1.1}]
                        availability.0.share | [{"start":"08:00","end":"09:00"}]
                        listing.public_listing | {"public_listing":"yes"}
                        node_hmac_key     | "with space"
                        current_node_token| "with space"
                        sdk_language      | "C#"
                        sdk_version       | "a b"
                        sdk_compatibility_version | "0.7.106"
                        implementation_name | " x"
                        auto_update_interval_s | 299
                        supported_receipt_profiles.0 | ["other"]
                        operator_display_name | "a\\u0007b"
                        operator_integrity_hash | "00"
                        policy_manifest   | "x"
                        """)
        void names_the_member_that_is_wrong(String field, String value) {
            String member = field.contains(".") ? field.substring(0, field.indexOf('.')) : field;
            Map<String, Object> json = Nodes.registration("n");
            json.put(member, Nodes.json("{\"v\":%s}".formatted(value)).get("v"));
            DirectoryRefusal refusal = refusal(() -> RegistrationRequest.of(json));
            assertThat(refusal.status()).isEqualTo(422);
            assertThat(refusal.code()).isEqualTo("validation_error");
            assertThat(refusal.fields()).containsKey(field);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                        intent             | null
                        intent             | 7
                        intent             | "chat"
                        intent             | "urn:iicp:intent:llm:chat"
                        intent             | "urn:iicp:intent:llm:chat:v0"
                        intent             | "urn:iicp:intent:a.b:c:v1"
                        version            | ""
                        phase              | 0
                        models             | "m"
                        models.0           | [""]
                        models.0           | [7]
                        models.1           | ["m","m"]
                        max_tokens         | 0
                        max_tokens         | -1
                        supports_streaming | 1
                        input_modalities.0 | ["smell"]
                        output_modalities.1| ["text","text"]
                        features           | {}
                        supported_profiles.0 | ["service-lifecycle"]
                        quantization       | "0123456789012345678901234567890123"
                        inference_engine   | 7
                        limits.n.unit      | {"n":{"value":1,"unit":"apples"}}
                        limits.n.value     | {"n":{"unit":"tokens"}}
                        limits             | {"Not A Name":{"value":1,"unit":"tokens"}}
                        claim_provenance.source | {"source":"rumour"}
                        extensions         | {"nodot":{"required":false,"value":1}}
                        extensions.a.b.required | {"a.b":{"value":1}}
                        extensions.a.b     | {"a.b":7}
                        """)
        void names_the_member_of_a_capability_that_is_wrong(String field, String value) {
            String member = field.contains(".") ? field.substring(0, field.indexOf('.')) : field;
            Map<String, Object> capability = new LinkedHashMap<>(Nodes.capability(Nodes.CHAT, "m1"));
            capability.put(member, Nodes.json("{\"v\":%s}".formatted(value)).get("v"));
            Map<String, Object> json = Nodes.registration("n");
            json.put("capabilities", List.of(capability));
            DirectoryRefusal refusal = refusal(() -> RegistrationRequest.of(json));
            assertThat(refusal.fields()).containsKey("capabilities.0." + field);
        }

        @Test
        void is_kept_as_it_was_sent() {
            Map<String, Object> json = Nodes.json("""
                    {"node_id":"n","current_node_token":"secret1","node_hmac_key":"secret2","endpoint":"https://n1.mesh.example.org","region":"eu-central",
                     "capabilities":[{"intent":"urn:iicp:intent:llm:chat:v1","models":["m"],"max_tokens":4096,"quantization":"q4_unheard_of",
                       "inference_engine":["own"],"supports_streaming":true,"supported_profiles":["urn:iicp:profile:service-lifecycle:v1"],
                       "limits":{"context":{"value":1.0,"unit":"tokens"}},"extensions":{"a.b":{"required":false,"value":{"deep":[1,2.50,null]}}},
                       "something_new":1}],
                     "limits":{"max_concurrent":4,"tokens_per_min":60000},"transport_endpoint":"iicp://n1.mesh.example.org:9484",
                     "transport_method":"direct","nat_type":"full_cone","exposure_mode":"ipv4_public_direct",
                     "transport_metadata":{"tier":0,"detection_log_tail":[]},
                     "cx_public_key":{"algorithm":"X25519","encoding":"base64url","key":"%s","key_id":"0a1b2c3d","features":["response_encryption_v1"],"hybrid_pq":null},
                     "backend":"ollama","policy":{"allow_remote_inference":true},"pricing":{"credit_cost_multiplier":1.50,"pricing_model":"per_token"},
                     "relay_capable":true,"relay_accept_port":9486,"sdk_latest_seen":null,"unknown_member":{"ignored":true}}
                    """.formatted(Nodes.KEY));
            RegistrationRequest request = RegistrationRequest.of(json);
            assertThat(request.currentToken()).isEqualTo("secret1");
            assertThat(request.hmacKey()).isEqualTo("secret2");
            Map<String, Object> kept = request.profile().json();
            assertThat(kept)
                    .doesNotContainKeys(
                            "node_id", "current_node_token", "node_hmac_key", "unknown_member", "sdk_latest_seen");
            for (String name : List.of("capabilities", "cx_public_key", "limits", "pricing", "transport_metadata")) {
                assertThat(kept).containsEntry(name, json.get(name));
            }
            assertThat(network.iicp.json.Json.text(kept)).contains("1.50", "2.50", "\"hybrid_pq\":null");
        }

        @Test
        void cannot_be_changed_through_the_request_afterwards() {
            Map<String, Object> json = Nodes.registration("n");
            List<Object> capabilities = new ArrayList<>(List.of(Nodes.capability(Nodes.CHAT, "m1")));
            json.put("capabilities", capabilities);
            NodeProfile profile = RegistrationRequest.of(json).profile();
            capabilities.clear();
            assertThat(profile.json().get("capabilities"))
                    .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                    .hasSize(1);
            assertThatThrownBy(() -> profile.json().clear()).isInstanceOf(UnsupportedOperationException.class);
        }

        @Test
        void may_say_little() {
            Map<String, Object> json = Nodes.json(
                    "{\"endpoint\":\"http://127.0.0.1:1\",\"capabilities\":[{\"intent\":\"urn:iicp:intent:x.acme:sort-mail:v12\"}]}");
            RegistrationRequest request = RegistrationRequest.of(json);
            assertThat(request.nodeId()).isNull();
            assertThat(request.profile().region()).isEqualTo("unknown");
            assertThat(request.profile().maxConcurrent()).isEqualTo(4);
            assertThat(request.profile().models()).isEmpty();
        }

        @Test
        void is_refused_for_repeated_capabilities_and_variants() {
            Map<String, Object> json = Nodes.registration("n");
            json.put("capabilities", List.of(Nodes.capability(Nodes.CHAT, "m"), Nodes.capability(Nodes.CHAT, "m")));
            assertThat(refusal(() -> RegistrationRequest.of(json)).fields()).containsKey("capabilities");
            Map<String, Object> a = new LinkedHashMap<>(Nodes.capability(Nodes.CHAT, "a"));
            a.put("variant_id", "v");
            Map<String, Object> b = new LinkedHashMap<>(Nodes.capability(Nodes.CHAT, "b"));
            b.put("variant_id", "v");
            json.put("capabilities", List.of(a, b));
            assertThat(refusal(() -> RegistrationRequest.of(json)).fields()).containsKey("capabilities.1.variant_id");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "urn:iicp:intent:credit:decision:v1",
                    "urn:iicp:intent:drone:control:v1",
                    "urn:iicp:intent:x.acme:social-scoring:v1"
                })
        void is_refused_for_intents_that_no_mesh_serves(String intent) {
            Map<String, Object> json = Nodes.registration("n");
            json.put("capabilities", List.of(Nodes.capability(Nodes.CHAT, "m"), Nodes.capability(intent)));
            DirectoryRefusal refusal = refusal(() -> RegistrationRequest.of(json));
            assertThat(refusal.code()).isEqualTo("IICP-POLICY-001");
            assertThat(refusal.status()).isEqualTo(422);
        }

        @Test
        void is_bounded_in_every_dimension() {
            Map<String, Object> json = Nodes.registration("n");
            json.put("capabilities", Collections.nCopies(129, Nodes.capability(Nodes.CHAT, "m")));
            assertThat(refusal(() -> RegistrationRequest.of(json)).fields()).containsKey("capabilities");
            List<String> models = new ArrayList<>();
            for (int i = 0; i < 65; i++) {
                models.add("m" + i);
            }
            json.put("capabilities", List.of(Nodes.capability(Nodes.CHAT, models.toArray(new String[0]))));
            assertThat(refusal(() -> RegistrationRequest.of(json)).fields()).containsKey("capabilities.0.models");
            json.put("capabilities", List.of(Nodes.capability(Nodes.CHAT, "m".repeat(256))));
            assertThat(refusal(() -> RegistrationRequest.of(json)).fields()).containsKey("capabilities.0.models.0");
            json.put("capabilities", List.of(Nodes.capability(Nodes.CHAT, "m")));
            json.put("transport_metadata", Map.of("blob", "x".repeat(RegistrationRequest.MAX_PROFILE_BYTES)));
            assertThat(refusal(() -> RegistrationRequest.of(json))).hasMessageContaining("65536");
            json.put("endpoint", "http://a.example/" + "x".repeat(255));
            assertThat(refusal(() -> RegistrationRequest.of(json)).fields()).containsKey("endpoint");
        }

        @Test
        void complains_about_a_bounded_number_of_members_and_shows_no_long_values() {
            Map<String, Object> json = Nodes.registration("n");
            Map<String, Object> bad = Map.of("intent", "x".repeat(10_000));
            List<Object> many = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                many.add(bad);
            }
            json.put("capabilities", many);
            DirectoryRefusal refusal = refusal(() -> RegistrationRequest.of(json));
            assertThat(refusal.fields()).hasSizeLessThanOrEqualTo(20);
            assertThat(refusal.body().toString().length()).isLessThan(10_000);
        }

        @Test
        void never_shows_a_credential_that_is_malformed() {
            Map<String, Object> json = Nodes.registration("n");
            json.put("current_node_token", "very secret");
            json.put("node_hmac_key", "also secret");
            assertThat(refusal(() -> RegistrationRequest.of(json)).body().toString())
                    .doesNotContain("very secret", "also secret");
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class A_heartbeat {

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                        node_id                  | {}
                        node_id                  | {"node_id":7}
                        available                | {"node_id":"n","available":"yes"}
                        load                     | {"node_id":"n","load":"high"}
                        active_jobs              | {"node_id":"n","active_jobs":-1}
                        active_jobs              | {"node_id":"n","active_jobs":0.5}
                        metrics                  | {"node_id":"n","metrics":[]}
                        metrics.tasks_success    | {"node_id":"n","metrics":{"tasks_success":-1}}
                        metrics.tasks_failed     | {"node_id":"n","metrics":{"tasks_failed":"many"}}
                        metrics.avg_latency_ms   | {"node_id":"n","metrics":{"avg_latency_ms":-1}}
                        metrics_batch_id         | {"node_id":"n","metrics_batch_id":""}
                        metrics_batch_id         | {"node_id":"n","metrics_batch_id":"a b"}
                        health_models            | {"node_id":"n","health_models":"m"}
                        health_models.0          | {"node_id":"n","health_models":[7]}
                        backend_stability.backend_state | {"node_id":"n","backend_stability":{}}
                        backend_stability.backend_state | {"node_id":"n","backend_stability":{"backend_state":"broken"}}
                        backend_stability.reason_class  | {"node_id":"n","backend_stability":{"backend_state":"ok","reason_class":"x"}}
                        backend_stability.retry_after_s | {"node_id":"n","backend_stability":{"backend_state":"ok","retry_after_s":86401}}
                        challenge_response       | {"node_id":"n","challenge_response":7}
                        pricing.pricing_model    | {"node_id":"n","pricing":{"pricing_model":"x"}}
                        auto_update_interval_s   | {"node_id":"n","auto_update_interval_s":1}
                        """)
        void names_the_member_that_is_wrong(String field, String body) {
            DirectoryRefusal refusal = refusal(() -> HeartbeatRequest.of(Nodes.json(body)));
            assertThat(refusal.status()).isEqualTo(422);
            assertThat(refusal.fields()).containsKey(field);
        }

        @Test
        void of_an_official_node_is_read() {
            HeartbeatRequest request = HeartbeatRequest.of(Nodes.json("""
                            {"node_id":"n","node_token":"x","status":"available","available":true,"max_concurrent":4,"metrics":{},"metrics_batch_id":null,
                             "health_models":["m"],"backend_stability":{"backend_state":"draining","reason_class":"backend_cold","drain_until":1900000000},
                             "challenge_response":null,"something":{"new":true},"auto_update_enabled":false}
                            """));
            assertThat(request.available()).isTrue();
            assertThat(request.load()).isNull();
            assertThat(request.succeeded()).isZero();
            assertThat(request.batchId()).isNull();
            assertThat(request.models()).isEqualTo(new HeartbeatRequest.ServedModels(true, List.of("m")));
            assertThat(request.stability()).isNotNull();
            assertThat(request.stability().state()).isEqualTo(BackendStability.State.DRAINING);
            assertThat(request.profileChanges()).containsOnlyKeys("auto_update_enabled");
        }

        @Test
        void tells_absent_models_from_cleared_and_from_none() {
            assertThat(HeartbeatRequest.of(Nodes.json("{\"node_id\":\"n\"}")).models())
                    .isEqualTo(new HeartbeatRequest.ServedModels(false, null));
            assertThat(HeartbeatRequest.of(Nodes.json("{\"node_id\":\"n\",\"health_models\":null}"))
                            .models())
                    .isEqualTo(new HeartbeatRequest.ServedModels(true, null));
            assertThat(HeartbeatRequest.of(Nodes.json("{\"node_id\":\"n\",\"health_models\":[]}"))
                            .models())
                    .isEqualTo(new HeartbeatRequest.ServedModels(true, List.of()));
        }

        @Test
        void that_says_nothing_means_available_and_one_that_exaggerates_is_cut() {
            HeartbeatRequest request = HeartbeatRequest.of(
                    Nodes.json(
                            "{\"node_id\":\"n\",\"available\":null,\"load\":7.5,\"metrics\":{\"tasks_success\":5000,\"tasks_failed\":1001},\"challenge_response\":\"not hex\"}"));
            assertThat(request.available()).isTrue();
            assertThat(request.load()).isEqualTo(1.0);
            assertThat(request.succeeded()).isEqualTo(1000);
            assertThat(request.failed()).isEqualTo(1000);
            assertThat(request.challengeResponse()).isNull();
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class A_query {

        private DirectoryRefusal refused(String name, String value) {
            Map<String, List<String>> query = new LinkedHashMap<>(Map.of("intent", List.of(Nodes.CHAT)));
            query.put(name, List.of(value));
            return refusal(() -> DiscoverRequest.of(query));
        }

        @ParameterizedTest
        @CsvSource({
            "intent, ''",
            "limit, 0",
            "limit, -1",
            "limit, 1.5",
            "limit, many",
            "limit, 99999999999",
            "qos, invalid",
            "qos, BATCH",
            "min_reputation, 2.0",
            "min_reputation, -0.1",
            "min_reputation, NaN",
            "min_reputation, x",
            "max_multiplier, -1",
            "max_multiplier, Infinity",
            "min_quality_score, 1.01",
            "modality, smell",
            "cip_capable, yes",
            "relay_capable, 2",
            "include_internal, on",
            "view, private"
        })
        void names_the_value_that_is_out_of_range(String name, String value) {
            DirectoryRefusal refusal = refused(name, value);
            assertThat(refusal.status()).isEqualTo(422);
            assertThat(refusal.code()).isEqualTo("validation_error");
            assertThat(refusal.fields()).containsKey(name);
        }

        @ParameterizedTest
        @ValueSource(strings = {"prompt", "messages", "payload", "input", "chat", "content", "response"})
        void must_not_carry_anything_of_a_prompt_and_it_is_not_echoed(String name) {
            DirectoryRefusal refusal = refused(name, "my secret prompt");
            assertThat(refusal.status()).isEqualTo(422);
            assertThat(refusal.body().toString()).doesNotContain("my secret prompt");
        }

        @Test
        void is_bounded() {
            assertThat(refused("intent", "x".repeat(256)).fields()).containsKey("intent");
            assertThat(refused("region", "x".repeat(65)).fields()).containsKey("region");
            assertThat(refused("model", "x".repeat(129)).fields()).containsKey("model");
            assertThat(refusal(() -> DiscoverRequest.of(Map.of())).fields()).containsKey("intent");
        }

        @Test
        void for_an_intent_that_no_mesh_serves_is_refused_by_policy() {
            assertThat(refused("intent", "urn:iicp:intent:credit:decision:v1").code())
                    .isEqualTo("IICP-POLICY-001");
            assertThat(refused("intent", "not an intent but social-scoring").code())
                    .isEqualTo("IICP-POLICY-001");
        }

        @Test
        void that_requires_a_profile_nobody_knows_is_refused() {
            assertThat(refused("profile_required", "1").code()).isEqualTo("unsupported_pre_normative_profile");
        }

        @Test
        void has_defaults_and_a_clamped_limit() {
            DiscoverRequest plain = DiscoverRequest.of("urn:iicp:intent:x.acme:anything at all");
            assertThat(plain.limit()).isEqualTo(10);
            assertThat(plain.view()).isEqualTo("dispatch");
            assertThat(plain.models()).isEmpty();
            assertThat(DiscoverRequest.of(Map.of("intent", List.of(Nodes.CHAT), "limit", List.of("500")))
                            .limit())
                    .isEqualTo(50);
        }
    }
}
