package network.iicp.directory.server;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.protocol.Qos;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.registration.DiscoverQuery;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer asks for, checked. Source: IICP directory, discover query.
 *
 * @param intent what must be served
 * @param limit most nodes, 1 to 50
 * @param qos urgency, or {@code null}
 * @param region where they rank higher, or {@code null}
 * @param models of which one must be served; empty for any
 * @param minReputation least reputation
 * @param maxMultiplier highest factor on the usual price
 * @param minScore least score
 * @param modality what must be taken, or {@code null}
 * @param cipCapable only nodes for cooperative inference
 * @param relayCapable only relays
 * @param includeInternal also nodes the directory cannot reach
 * @param view {@code dispatch} or {@code public}
 */
record DiscoverRequest(
        String intent,
        int limit,
        @Nullable Qos qos,
        @Nullable String region,
        List<String> models,
        double minReputation,
        double maxMultiplier,
        double minScore,
        @Nullable String modality,
        boolean cipCapable,
        boolean relayCapable,
        boolean includeInternal,
        String view) {

    static final String DISPATCH = "dispatch";
    static final String PUBLIC = "public";

    /** Names under which something of a prompt could come; a directory must not see any. */
    static final List<String> PAYLOAD_LIKE =
            List.of("prompt", "messages", "payload", "input", "chat", "content", "response");

    private static final Set<String> TRUE = Set.of("1", "true");
    private static final Set<String> FALSE = Set.of("0", "false");
    private static final int LONGEST_REGION = 64;
    private static final int LONGEST_MODELS = 128;

    /** Returns a request for an intent without filters. */
    static DiscoverRequest of(String intent) {
        return of(Map.of("intent", List.of(intent)));
    }

    /**
     * Checks a query.
     *
     * @param query names and values
     * @throws DirectoryRefusal if a value is out of range, the intent is one that no mesh serves, a required profile is
     *     not known, or something of a prompt was sent
     */
    static DiscoverRequest of(Map<String, List<String>> query) {
        Complaints complaints = new Complaints();
        for (String name : PAYLOAD_LIKE) {
            if (query.containsKey(name)) {
                complaints.add(name, "must not be sent to a directory; prompts go to the chosen node only");
            }
        }
        Reader reader = new Reader(query, complaints);
        DiscoverRequest request = new DiscoverRequest(
                reader.intent(),
                reader.limit(),
                reader.qos(),
                reader.region(),
                reader.models(),
                reader.number("min_reputation", 1, 0),
                reader.number("max_multiplier", Double.MAX_VALUE, Double.MAX_VALUE),
                reader.number("min_quality_score", 1, 0),
                reader.modality(),
                reader.flag("cip_capable"),
                reader.flag("relay_capable"),
                reader.flag("include_internal"),
                reader.view());
        boolean profileRequired = reader.flag("profile_required");
        complaints.refuse();
        RegistrationRequest.requireAllowed(request.intent());
        if (profileRequired) {
            throw DirectoryRefusal.unsupportedProfile("this directory supports no pre-normative profile");
        }
        return request;
    }

    private record Reader(Map<String, List<String>> query, Complaints complaints) {

        @Nullable
        String first(String name) {
            List<String> values = query.get(name);
            return values == null || values.isEmpty() || values.get(0).isEmpty() ? null : values.get(0);
        }

        void complain(String name, String value, String complaint) {
            complaints.add(name, "is %s; it must be %s".formatted(Quoted.of(value), complaint));
        }

        String intent() {
            String intent = first("intent");
            if (intent == null) {
                complaints.add("intent", "is missing; name one such as " + Intent.LLM_CHAT);
                return "";
            }
            if (intent.length() > Intent.MAX_LENGTH) {
                complaints.add("intent", "has %d characters; at most 255 are allowed".formatted(intent.length()));
            }
            return intent;
        }

        int limit() {
            String text = first("limit");
            if (text == null) {
                return DiscoverQuery.DEFAULT_LIMIT;
            }
            if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) < 1) {
                complain("limit", text, "a whole number from 1 to 50");
                return DiscoverQuery.DEFAULT_LIMIT;
            }
            return Math.min(Integer.parseInt(text), DiscoverQuery.MAX_LIMIT);
        }

        @Nullable
        Qos qos() {
            String word = first("qos");
            Optional<Qos> qos = word == null ? Optional.empty() : Qos.of(word);
            if (word != null && qos.isEmpty()) {
                complain("qos", word, "realtime, interactive, batch or best-effort");
            }
            return qos.orElse(null);
        }

        @Nullable
        String region() {
            String region = first("region");
            if (region != null && region.length() > LONGEST_REGION) {
                complain("region", region, "at most 64 characters");
            }
            return region;
        }

        List<String> models() {
            String names = first("model");
            if (names == null) {
                return List.of();
            }
            if (names.length() > LONGEST_MODELS) {
                complain("model", names, "at most 128 characters");
                return List.of();
            }
            return Arrays.stream(names.split(",", -1))
                    .map(String::strip)
                    .filter(name -> !name.isEmpty())
                    .toList();
        }

        double number(String name, double most, double otherwise) {
            String text = first(name);
            if (text == null) {
                return otherwise;
            }
            try {
                double value = text.length() > 32 ? Double.NaN : Double.parseDouble(text);
                if (value >= 0 && value <= most) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // Complained about below, with the values that are out of range.
            }
            complain(name, text, most == 1 ? "a number from 0 to 1" : "a number from 0");
            return otherwise;
        }

        @Nullable
        String modality() {
            String word = first("modality");
            if (word != null && Modality.of(word).isEmpty()) {
                complain("modality", word, "text, image, audio or video");
            }
            return word;
        }

        boolean flag(String name) {
            String text = first(name);
            if (text == null || FALSE.contains(text)) {
                return false;
            }
            if (!TRUE.contains(text)) {
                complain(name, text, "1, 0, true or false");
            }
            return true;
        }

        String view() {
            String word = first("view");
            if (word == null || word.equals(DISPATCH)) {
                return DISPATCH;
            }
            if (!word.equals(PUBLIC)) {
                complain("view", word, "dispatch or public");
            }
            return PUBLIC;
        }
    }
}
