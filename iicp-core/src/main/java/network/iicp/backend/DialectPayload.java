package network.iicp.backend;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * Makes the request to an engine from the payload of a task. Members pass as they are, so that engines can be asked for
 * what only they know. Left out is what is not the caller's to decide: how the answer travels, and what the machine of
 * the operator loads, keeps, stores or pays.
 */
final class DialectPayload {

    private static final Set<String> WITHHELD = Set.of(
            // how the answer travels
            "stream",
            "stream_options",
            "background",
            // Ollama, LM Studio: memory and residence of the model
            "keep_alive",
            "options",
            "ttl",
            // llama.cpp: slots, caches, adapters
            "id_slot",
            "slot_id",
            "cache_prompt",
            "n_cache_reuse",
            "lora",
            // vLLM: scheduling, caches, templates run by the server
            "priority",
            "cache_salt",
            "kv_transfer_params",
            "mm_processor_kwargs",
            "chat_template",
            "vllm_xargs",
            // hosted services: storage and price
            "store",
            "metadata",
            "service_tier",
            "web_search_options");

    private static final List<String> TOKEN_LIMITS = List.of("max_tokens", "max_completion_tokens");

    private DialectPayload() {}

    /**
     * Returns the request as it is sent.
     *
     * @param maxTokens most tokens of an answer, or {@code null}
     * @throws JsonException if the input is missing, a token limit is no whole number from 1, or the payload is no JSON
     */
    static byte[] request(
            DialectOperation operation,
            JsonObject payload,
            String engineModel,
            boolean streaming,
            @Nullable Integer maxTokens) {
        requireInput(operation, payload);
        Map<String, Object> request = new LinkedHashMap<>(payload.asMap());
        request.keySet().removeAll(WITHHELD);
        request.put("model", engineModel);
        if (operation.streams()) {
            boundTokens(request, payload, maxTokens);
            request.put("stream", streaming);
        }
        if (streaming) {
            request.put("stream_options", Map.of("include_usage", true));
        }
        return Json.bytes(request);
    }

    private static void requireInput(DialectOperation operation, JsonObject payload) {
        String name = operation.input();
        Object input = payload.raw(name);
        if (input == null) {
            throw payload.fault(name, Reason.MISSING, "is required");
        }
        boolean list = input instanceof List<?>;
        boolean text = input instanceof String;
        if (!list && (operation == DialectOperation.CHAT || !text)) {
            throw payload.fault(name, Reason.WRONG_TYPE, text ? "must be an array" : "must be text or an array");
        }
        if (input instanceof List<?> elements && elements.isEmpty()) {
            throw payload.fault(name, Reason.OUT_OF_RANGE, "must not be empty");
        }
    }

    private static void boundTokens(Map<String, Object> request, JsonObject payload, @Nullable Integer most) {
        boolean limited = false;
        for (String name : TOKEN_LIMITS) {
            if (!payload.has(name)) {
                continue;
            }
            limited = true;
            int wanted = payload.integer(name);
            if (wanted < 1) {
                throw payload.fault(name, Reason.OUT_OF_RANGE, "must be at least 1, is " + wanted);
            }
            if (most != null && wanted > most) {
                request.put(name, most);
            }
        }
        if (!limited && most != null) {
            request.put("max_tokens", most);
        }
    }
}
