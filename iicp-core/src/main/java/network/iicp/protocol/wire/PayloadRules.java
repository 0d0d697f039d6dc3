package network.iicp.protocol.wire;

import static java.util.Map.entry;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;

/**
 * What payloads of registered intents must look like, in two strengths: all that the registry says, and the part of it
 * without which no engine can work. Intents that the registry does not know, and members that it leaves open, pass.
 * Source: IICP intent registry 1.4.0, input schemas; provider node runtime, registry payload checks.
 */
public final class PayloadRules {

    private static final Pattern LANGUAGE = Pattern.compile("[A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*");

    private static final PayloadShape TEXTS = PayloadShape.array(0, PayloadShape.TEXT);
    private static final PayloadShape SOME_TEXTS = PayloadShape.array(1, PayloadShape.TEXT);

    private static final Map<String, PayloadShape> SAMPLING = Map.of(
            "max_tokens", PayloadShape.positive(),
            "temperature", PayloadShape.number(0, 2));

    private static final PayloadShape MESSAGES = PayloadShape.array(
            1,
            open(
                    Map.of(
                            "role",
                            PayloadShape.oneOf("system", "user", "assistant", "tool"),
                            "content",
                            PayloadShape.ANYTHING),
                    "role",
                    "content"));

    /** Engines know the role {@code developer}, which the registry does not, and messages without content. */
    private static final PayloadShape ROLES_OF_ENGINES = PayloadShape.array(
            1, open(Map.of("role", PayloadShape.oneOf("system", "developer", "user", "assistant", "tool")), "role"));

    private static final PayloadShape SPEED = PayloadShape.number(0.25, 4);

    private static final Map<String, PayloadShape> REGISTRY = Map.ofEntries(
            entry("llm:chat:v1", open(with(SAMPLING, Map.of("messages", MESSAGES, "stop", TEXTS)), "messages")),
            entry("llm:completion:v1", open(with(SAMPLING, Map.of("prompt", PayloadShape.TEXT)), "prompt")),
            entry("llm:embedding:v1", open(Map.of("input", PayloadShape.textOrTexts()), "input")),
            entry(
                    "audio:transcribe:v1",
                    open(
                            Map.of(
                                    "audio", PayloadShape.SOME_TEXT,
                                    "filename", PayloadShape.TEXT,
                                    "model", PayloadShape.TEXT,
                                    "language",
                                            PayloadShape.text(LANGUAGE, "the code of a language, such as en or pt-BR"),
                                    "response_format", PayloadShape.oneOf("json", "text"),
                                    "prompt", PayloadShape.TEXT,
                                    "temperature", PayloadShape.number(0, 1)),
                            "audio")),
            entry(
                    "audio:speech:v1",
                    open(
                            Map.of(
                                    "input", PayloadShape.TEXT,
                                    "model", PayloadShape.TEXT,
                                    "voice", PayloadShape.TEXT,
                                    "response_format", PayloadShape.oneOf("wav", "mp3", "opus", "flac", "aac"),
                                    "speed", SPEED),
                            "input")),
            entry(
                    "safety:moderate:v1",
                    open(Map.of("input", PayloadShape.textOrTexts(), "model", PayloadShape.TEXT), "input")),
            entry(
                    "code:lint:v1",
                    closed(
                            Map.of("code", PayloadShape.TEXT, "language", PayloadShape.TEXT, "rules", TEXTS),
                            "code",
                            "language")),
            entry(
                    "code:optimize:v1",
                    closed(
                            Map.of(
                                    "code", PayloadShape.TEXT,
                                    "language", PayloadShape.TEXT,
                                    "target", PayloadShape.oneOf("performance", "readability", "size")),
                            "code",
                            "language")),
            entry(
                    "research:summarize:v1",
                    closed(
                            Map.of(
                                    "documents", SOME_TEXTS,
                                    "format", PayloadShape.oneOf("bullet", "paragraph", "abstract"),
                                    "max_length", PayloadShape.positive()),
                            "documents")),
            entry(
                    "education:tutor:v1",
                    closed(
                            Map.of(
                                    "topic", PayloadShape.TEXT,
                                    "level", PayloadShape.oneOf("beginner", "intermediate", "advanced"),
                                    "question", PayloadShape.TEXT),
                            "topic",
                            "question")),
            entry(
                    "translate:v1",
                    closed(
                            Map.of(
                                    "text", PayloadShape.TEXT,
                                    "source_language", PayloadShape.TEXT,
                                    "target_language", PayloadShape.TEXT),
                            "text",
                            "target_language")),
            entry("embedding:multimodal:v1", closed(Map.of("inputs", PayloadShape.array(1, multimodal())), "inputs")),
            entry(
                    "classify:v1",
                    closed(
                            Map.of(
                                    "text", PayloadShape.TEXT,
                                    "categories", SOME_TEXTS,
                                    "multi_label", PayloadShape.FLAG),
                            "text",
                            "categories")),
            entry(
                    "llm:classify:v1",
                    closed(
                            Map.of(
                                    "text", PayloadShape.TEXT,
                                    "categories", SOME_TEXTS,
                                    "multi_label", PayloadShape.FLAG,
                                    "explain", PayloadShape.FLAG),
                            "text",
                            "categories")),
            entry(
                    "llm:summarize:v1",
                    closed(
                            Map.of(
                                    "text",
                                    PayloadShape.TEXT,
                                    "max_length",
                                    PayloadShape.positive(),
                                    "format",
                                    PayloadShape.oneOf("bullets", "paragraph", "headline"),
                                    "language",
                                    PayloadShape.TEXT),
                            "text")),
            entry(
                    "llm:rerank:v1",
                    closed(
                            Map.of(
                                    "query",
                                    PayloadShape.TEXT,
                                    "candidates",
                                    SOME_TEXTS,
                                    "top_k",
                                    PayloadShape.positive(),
                                    "return_scores",
                                    PayloadShape.FLAG),
                            "query",
                            "candidates")),
            entry(
                    "mcp:tools/call:v1",
                    closed(
                            Map.of("tool_name", PayloadShape.TEXT, "arguments", PayloadShape.OBJECT),
                            "tool_name",
                            "arguments")));

    private static final Map<String, PayloadShape> ESSENTIAL = Map.ofEntries(
            entry("llm:chat:v1", open(with(SAMPLING, Map.of("messages", ROLES_OF_ENGINES)))),
            entry("llm:completion:v1", open(SAMPLING)),
            entry(
                    "audio:transcribe:v1",
                    open(Map.of(
                            "response_format", PayloadShape.oneOf("json", "text"),
                            "temperature", PayloadShape.number(0, 1)))),
            entry("audio:speech:v1", open(Map.of("speed", SPEED))));

    private static final String PREFIX = "urn:iicp:intent:";

    private PayloadRules() {}

    /**
     * Checks a payload against everything that the registry says about its intent.
     *
     * @param intent what is asked for
     * @param payload the payload as plain values
     * @param reporter who checks
     * @throws InvalidRequestException if the payload does not fit; code {@code validation_error}, the message names the member
     */
    public static void requireRegistered(Intent intent, Map<String, Object> payload, ErrorComponent reporter) {
        require(REGISTRY, intent, payload, reporter);
    }

    /**
     * Checks what no engine can work with: messages without a known role, an empty list of them, numbers out of range. What is
     * missing is left to the engine to miss; a member that is {@code null} counts as missing, as official proxies and engines have it.
     *
     * @param intent what is asked for
     * @param payload the payload as plain values
     * @param reporter who checks
     * @throws InvalidRequestException if the payload does not fit; code {@code validation_error}, the message names the member
     */
    public static void requireUsable(Intent intent, Map<String, Object> payload, ErrorComponent reporter) {
        require(ESSENTIAL, intent, given(payload), reporter);
    }

    private static void require(
            Map<String, PayloadShape> rules, Intent intent, Map<String, Object> payload, ErrorComponent reporter) {
        PayloadShape shape = rules.get(intent.urn().substring(PREFIX.length()));
        Optional<String> problem = shape == null ? Optional.empty() : shape.problem(payload, "payload");
        if (problem.isPresent()) {
            throw new InvalidRequestException(IicpError.of(ErrorCode.VALIDATION_ERROR, reporter, problem.get()));
        }
    }

    private static Map<String, Object> given(Map<String, Object> payload) {
        if (payload.values().stream().noneMatch(Objects::isNull)) { // containsValue(null) throws on some maps
            return payload;
        }
        Map<String, Object> given = new LinkedHashMap<>(payload);
        given.values().removeIf(Objects::isNull);
        return given;
    }

    private static PayloadShape multimodal() {
        return closed(
                Map.of("type", PayloadShape.oneOf("text", "image_url"), "content", PayloadShape.TEXT),
                "type",
                "content");
    }

    private static Map<String, PayloadShape> with(Map<String, PayloadShape> some, Map<String, PayloadShape> more) {
        Map<String, PayloadShape> all = new LinkedHashMap<>(some);
        all.putAll(more);
        return all;
    }

    private static PayloadShape open(Map<String, PayloadShape> members, String... required) {
        return new PayloadShape.Members(members, List.of(required), false);
    }

    private static PayloadShape closed(Map<String, PayloadShape> members, String... required) {
        return new PayloadShape.Members(members, List.of(required), true);
    }
}
