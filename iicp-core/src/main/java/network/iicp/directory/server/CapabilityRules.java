package network.iicp.directory.server;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;

/** The form of registered capabilities. Source: IICP directory, register, and the capability format. */
final class CapabilityRules {

    private static final Set<String> MODALITIES = new TreeSet<>(List.of("text", "image", "audio", "video"));
    private static final Set<String> UNITS =
            new TreeSet<>(List.of("tokens", "items", "bytes", "milliseconds", "dimensions"));
    private static final Set<String> SOURCES = new TreeSet<>(List.of(
            "heuristic_fallback",
            "operator_assertion",
            "provider_metadata",
            "runtime_introspection",
            "conformance_probe"));
    private static final Pattern LIMIT = Pattern.compile("[a-z][a-z0-9_]{0,63}");
    private static final Pattern PROFILE = Pattern.compile("urn:iicp:profile:[a-z0-9][a-z0-9._:-]*");
    private static final int LONGEST_NAME = 255;
    private static final int MOST_NAMED = 32;

    private CapabilityRules() {}

    /** Checks every capability, and that none is there twice. */
    static void check(List<Members> capabilities, Members registration) {
        Set<Map<?, ?>> seen = new HashSet<>();
        Set<String> variants = new HashSet<>();
        for (Members capability : capabilities) {
            check(capability);
            if (!seen.add(capability.json())) {
                registration.complain("capabilities", "must not repeat a capability");
            }
            if (capability.raw("variant_id") instanceof String variant
                    && capability.raw("intent") instanceof String intent
                    && !variants.add(intent + ' ' + variant)) {
                capability.complain("variant_id", "must be different for each capability of an intent");
            }
        }
    }

    private static void check(Members capability) {
        capability.require("intent");
        capability.text(
                "intent",
                Intent.MAX_LENGTH,
                CapabilityRules::isRegistrable,
                "must be of the form urn:iicp:intent:<domain>:<action>:v<version> or urn:iicp:intent:x.<vendor>:<action>:v<version>");
        capability.text("version", 32);
        capability.whole("phase", 1, Integer.MAX_VALUE);
        capability.text("variant_id", 64);
        capability.texts("models", Capability.MAX_MODELS, LONGEST_NAME);
        capability.whole("max_tokens", 1, Integer.MAX_VALUE);
        capability.flag("supports_streaming");
        capability.texts("input_modalities", MODALITIES.size(), 16, MODALITIES::contains, "is no modality");
        capability.texts("output_modalities", MODALITIES.size(), 16, MODALITIES::contains, "is no modality");
        capability.texts("features", 64, LONGEST_NAME);
        capability.texts("execution_capabilities", 64, LONGEST_NAME);
        capability.texts(
                "supported_profiles", 16, LONGEST_NAME, p -> PROFILE.matcher(p).matches(), "is no profile URN");
        checkFreeText(capability, "quantization");
        checkFreeText(capability, "inference_engine");
        checkLimits(capability);
        checkProvenance(capability);
        checkExtensions(capability);
    }

    private static boolean isRegistrable(String urn) {
        try {
            return Intent.parse(urn).isRegistrable();
        } catch (InvalidRequestException e) {
            return false;
        }
    }

    /** One word, or several; directories must accept words they do not know. */
    private static void checkFreeText(Members capability, String name) {
        if (capability.raw(name) instanceof List<?>) {
            capability.texts(name, 16, 32);
        } else {
            capability.text(name, 32);
        }
    }

    private static void checkLimits(Members capability) {
        Members limits = capability.object("limits");
        if (limits == null) {
            return;
        }
        if (limits.names().size() > MOST_NAMED) {
            capability.complain("limits", "has more than %d members".formatted(MOST_NAMED));
            return;
        }
        for (Object name : limits.names()) {
            String text = String.valueOf(name);
            if (!LIMIT.matcher(text).matches()) {
                capability.complain("limits", "has a member whose name is not lower-case letters, digits and '_'");
                continue;
            }
            Members limit = limits.object(text);
            if (limit != null) {
                limit.require("value");
                limit.require("unit");
                limit.number("value", 0, Double.MAX_VALUE);
                limit.word("unit", UNITS);
            }
        }
    }

    private static void checkProvenance(Members capability) {
        Members provenance = capability.object("claim_provenance");
        if (provenance != null) {
            provenance.require("source");
            provenance.word("source", SOURCES);
            provenance.text("observed_at", 40);
            provenance.text("valid_until", 40);
            provenance.text("evidence_ref", LONGEST_NAME);
        }
    }

    private static void checkExtensions(Members capability) {
        Members extensions = capability.object("extensions");
        if (extensions == null) {
            return;
        }
        if (extensions.names().size() > MOST_NAMED) {
            capability.complain("extensions", "has more than %d members".formatted(MOST_NAMED));
            return;
        }
        for (Object name : extensions.names()) {
            String text = String.valueOf(name);
            if (text.length() > 128 || text.indexOf('.') < 1 || text.endsWith(".")) {
                capability.complain("extensions", "has a member whose name is not of the form namespace.name");
                continue;
            }
            Members extension = extensions.object(text);
            if (extension != null) {
                extension.require("required");
                extension.flag("required");
            }
        }
    }
}
