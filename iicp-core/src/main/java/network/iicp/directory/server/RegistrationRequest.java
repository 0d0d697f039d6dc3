package network.iicp.directory.server;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import network.iicp.json.Json;
import network.iicp.protocol.IntentRisk;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.registration.ExposureMode;
import network.iicp.protocol.registration.NatType;
import network.iicp.protocol.registration.NodeLimits;
import network.iicp.protocol.registration.NodePricing;
import network.iicp.protocol.registration.NodeRegistration;
import network.iicp.protocol.registration.TransportMethod;
import network.iicp.protocol.wire.ConfidentialityKeyCodec;
import org.jspecify.annotations.Nullable;

/**
 * A registration whose form was checked. The bounds are those of the strictest directory in use; members nobody knows are
 * left out, all others are kept as they were sent. Source: IICP directory, register.
 *
 * @param nodeId the id asked for, or {@code null}
 * @param currentToken what was shown as proof of ownership, or {@code null}
 * @param hmacKey key chosen by the operator, or {@code null}
 * @param profile everything else
 */
record RegistrationRequest(
        @Nullable String nodeId,
        @Nullable String currentToken,
        @Nullable String hmacKey,
        NodeProfile profile) {

    /** Largest profile that is kept, as compact JSON. */
    static final int MAX_PROFILE_BYTES = 64 * 1024;

    private static final int MAX_CAPABILITIES = 128;
    private static final int MAX_CREDENTIAL = 256;
    private static final int MAX_HMAC_KEY = 128;

    private static final Set<String> BACKENDS =
            sorted("ollama", "lmstudio", "vllm", "llamacpp", "meshllm", "anthropic", "custom");
    private static final Pattern TIME = Pattern.compile("([01][0-9]|2[0-3]):[0-5][0-9]");
    private static final Pattern LANGUAGE = Pattern.compile("[a-z0-9_-]{1,32}");
    private static final Pattern IMPLEMENTATION = Pattern.compile("[A-Za-z0-9@][A-Za-z0-9._/@+-]{0,63}");
    private static final Pattern VERSION = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._+-]{0,31}");
    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]+");

    private static final List<String> KEPT = List.of(
            "endpoint",
            "region",
            "capabilities",
            "limits",
            "transport_endpoint",
            "transport_method",
            "nat_type",
            "exposure_mode",
            "transport_metadata",
            "transport_candidates",
            "relay_endpoint",
            "relay_capable",
            "relay_accept_port",
            "cx_public_key",
            "public_key",
            "backend",
            "policy",
            "policy_manifest",
            "pricing",
            "availability",
            "listing",
            "sdk_language",
            "sdk_version",
            "sdk_compatibility_version",
            "implementation_name",
            "implementation_version",
            "auto_update_enabled",
            "auto_update_interval_s",
            "sdk_latest_seen",
            "sdk_update_last_checked_at",
            "sdk_update_error_class",
            "supported_receipt_profiles",
            "operator_delegation",
            "operator_display_name",
            "operator_created_at",
            "operator_integrity_hash");

    private static Set<String> sorted(String... words) {
        return new TreeSet<>(List.of(words));
    }

    /**
     * Checks a registration.
     *
     * @throws DirectoryRefusal if a member has not its form, or an intent is one that no mesh serves
     */
    static RegistrationRequest of(Map<String, Object> json) {
        Complaints complaints = new Complaints();
        Members members = new Members(json, "", complaints);
        String nodeId = members.text(
                "node_id",
                NodeRegistration.MAX_ID_LENGTH,
                NodeRegistration::isValidId,
                "must be letters, digits, '.', '_', ':' or '-', first a letter or digit");
        String currentToken = members.secret("current_node_token", MAX_CREDENTIAL);
        String hmacKey = members.secret("node_hmac_key", MAX_HMAC_KEY);
        checkPlace(members);
        CapabilityRules.check(members.objects("capabilities", MAX_CAPABILITIES), members);
        checkTerms(members);
        checkTransport(members);
        checkKeys(members);
        checkSoftware(members);
        checkOperator(members);
        complaints.refuse();
        NodeProfile profile = NodeProfile.of(kept(json));
        refuseRisks(profile);
        refuseBulk(profile);
        return new RegistrationRequest(nodeId, currentToken, hmacKey, profile);
    }

    private static Map<String, Object> kept(Map<String, Object> json) {
        Map<String, Object> kept = new LinkedHashMap<>();
        for (String name : KEPT) {
            Object value = json.get(name);
            if (value != null) {
                kept.put(name, value);
            }
        }
        return kept;
    }

    private static void checkPlace(Members members) {
        members.require("endpoint");
        members.text(
                "endpoint",
                NodeRegistration.MAX_ENDPOINT_LENGTH,
                url("http", "https"),
                "must be an http or https URL with a host, without user, query and fragment");
        members.text(
                "region", 64, NodeRegistration::isValidRegion, "must be a letter, then letters, digits, '-' or '_'");
        members.require("capabilities");
        if (members.raw("capabilities") instanceof List<?> list && list.isEmpty()) {
            members.complain("capabilities", "must have at least one element");
        }
    }

    private static Predicate<String> url(String... schemes) {
        return text -> {
            try {
                URI uri = new URI(text);
                String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
                return List.of(schemes).contains(scheme)
                        && uri.getHost() != null
                        && uri.getRawUserInfo() == null
                        && uri.getRawQuery() == null
                        && uri.getRawFragment() == null;
            } catch (URISyntaxException e) {
                return false;
            }
        };
    }

    private static void checkTerms(Members members) {
        Members limits = members.object("limits");
        if (limits != null) {
            limits.whole("max_concurrent", 1, NodeLimits.MAX_CONCURRENT);
            limits.whole("tokens_per_min", 1, Integer.MAX_VALUE);
        }
        Members policy = members.object("policy");
        if (policy != null) {
            policy.flag("allow_remote_inference");
            policy.flag("allow_tool_execution");
            policy.flag("allow_file_access");
            policy.number("pricing_credits_per_1000", 0, 1000);
        }
        checkPricing(members);
        for (Members window : members.objects("availability", 48)) {
            window.require("start");
            window.require("end");
            window.require("share");
            window.text("start", 5, t -> TIME.matcher(t).matches(), "must be a time such as 08:00");
            window.text("end", 5, t -> TIME.matcher(t).matches(), "must be a time such as 17:30");
            window.number("share", 0, 1);
        }
        members.object("policy_manifest");
        members.texts(
                "supported_receipt_profiles",
                4,
                64,
                "consumer_cosignature_v1"::equals,
                "must be consumer_cosignature_v1");
    }

    /** Checks a price, which heartbeats may change too. */
    static void checkPricing(Members members) {
        Members pricing = members.object("pricing");
        if (pricing != null) {
            pricing.number("credit_cost_multiplier", 0, 1000);
            pricing.word("pricing_model", new TreeSet<>(NodePricing.MODELS));
            pricing.text("declaration_signature", 128);
            pricing.text("effective_from", 40);
            pricing.text("effective_until", 40);
        }
    }

    private static void checkTransport(Members members) {
        members.text(
                "transport_endpoint",
                255,
                url("iicp", "iicpsec"),
                "must be a URL of scheme iicp or iicpsec with a host");
        members.text("relay_endpoint", 255, url("http", "https"), "must be an http or https URL");
        members.text("transport_method", 64, w -> TransportMethod.of(w).isPresent(), "is no known method");
        members.text("nat_type", 64, w -> NatType.of(w).isPresent(), "is no known type");
        members.text("exposure_mode", 64, w -> ExposureMode.of(w).isPresent(), "is no known mode");
        members.object("transport_metadata");
        members.objects("transport_candidates", 16);
        members.flag("relay_capable");
        members.whole("relay_accept_port", 1, 65_535);
    }

    private static void checkKeys(Members members) {
        members.text("public_key", 128, t -> HEX.matcher(t).matches(), "must be hexadecimal");
        Members key = members.object("cx_public_key");
        if (key == null) {
            return;
        }
        for (String name : List.of("algorithm", "encoding", "key", "key_id")) {
            key.require(name);
        }
        key.word("algorithm", sorted("X25519"));
        key.word("encoding", sorted("base64url"));
        key.text("key", 128);
        key.text("key_id", 32);
        key.texts("features", 16, 64);
        if (ConfidentialityKeyCodec.decode(key.json()).isEmpty()) {
            members.complain(
                    "cx_public_key", "is no X25519 key: 32 bytes in base64url, not_after a date with time if given");
        }
    }

    private static void checkSoftware(Members members) {
        members.word("backend", BACKENDS);
        members.text(
                "sdk_language",
                32,
                t -> LANGUAGE.matcher(t).matches(),
                "must be lower-case letters, digits, '_' or '-'");
        Predicate<String> version = t -> VERSION.matcher(t).matches();
        String release = members.text("sdk_version", 32, version, "is no version");
        String baseline = members.text("sdk_compatibility_version", 32, version, "is no version");
        if (release != null && baseline != null && !release.equals(baseline)) {
            members.complain(
                    "sdk_compatibility_version",
                    "is %s and sdk_version is %s; send the same in both, and your own release as implementation_version"
                            .formatted(Quoted.of(baseline), Quoted.of(release)));
        }
        members.text("implementation_name", 64, t -> IMPLEMENTATION.matcher(t).matches(), "is no name of software");
        members.text("implementation_version", 32, version, "is no version");
        checkUpdates(members);
    }

    /** Checks what a node says about updating itself, which heartbeats may change too. */
    static void checkUpdates(Members members) {
        members.flag("auto_update_enabled");
        members.whole("auto_update_interval_s", 300, 86_400);
        members.text("sdk_latest_seen", 32);
        members.text("sdk_update_last_checked_at", 40);
        members.text("sdk_update_error_class", 64);
    }

    private static void checkOperator(Members members) {
        Members listing = members.object("listing");
        if (listing != null) {
            listing.flag("public_listing");
            listing.text("operator_url", 255);
            listing.text("operator_contact", 255);
        }
        Members delegation = members.object("operator_delegation");
        if (delegation != null) {
            delegation.text("node_id", 64);
            delegation.text("operator_pub", 64);
            delegation.number("not_after", 0, 1e12);
            delegation.text("sig", 128);
        }
        members.text(
                "operator_display_name",
                64,
                t -> t.chars().noneMatch(Character::isISOControl),
                "must not contain control characters");
        members.text("operator_created_at", 40);
        members.text(
                "operator_integrity_hash",
                64,
                t -> t.length() == 64 && HEX.matcher(t).matches(),
                "must be 64 hex characters");
    }

    private static void refuseRisks(NodeProfile profile) {
        for (String urn : profile.intents()) {
            requireAllowed(urn);
        }
    }

    /**
     * Refuses prohibited and high-risk intents.
     *
     * @throws DirectoryRefusal with code IICP-POLICY-001
     */
    static void requireAllowed(String urn) {
        IntentRisk.of(urn).filter(risk -> risk.category().isRefused()).ifPresent(risk -> {
            throw DirectoryRefusal.policy("intent %s is refused by rule %s of the intent risk taxonomy"
                    .formatted(Quoted.of(urn), risk.ruleId()));
        });
    }

    private static void refuseBulk(NodeProfile profile) {
        int bytes = Json.bytes(profile.json()).length;
        if (bytes > MAX_PROFILE_BYTES) {
            throw DirectoryRefusal.invalid(
                    "capabilities",
                    "and the rest of the registration have %d bytes; at most %d are kept"
                            .formatted(bytes, MAX_PROFILE_BYTES));
        }
    }
}
