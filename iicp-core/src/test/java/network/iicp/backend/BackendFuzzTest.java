package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Feeds what a hostile caller or a broken engine might send; everything ends in an answer or a failure of the protocol. */
@Timeout(120)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BackendFuzzTest {

    private static final long SEED = 20_260_101L;

    private static final List<String> ANSWER_WORDS = List.of(
            "choices",
            "index",
            "delta",
            "message",
            "text",
            "content",
            "role",
            "tool_calls",
            "id",
            "function",
            "name",
            "arguments",
            "finish_reason",
            "usage",
            "prompt_tokens",
            "model",
            "created",
            "error",
            "code",
            "reasoning",
            "reasoning_content",
            "data",
            "embedding",
            "logprobs",
            "type");

    private static final List<String> PAYLOAD_WORDS = List.of(
            "messages",
            "role",
            "content",
            "type",
            "text",
            "image_url",
            "tools",
            "function",
            "name",
            "parameters",
            "tool_choice",
            "tool_calls",
            "tool_call_id",
            "response_format",
            "json_schema",
            "schema",
            "max_tokens",
            "stop",
            "n",
            "model",
            "prompt",
            "input",
            "dimensions",
            "encoding_format",
            "echo",
            "temperature",
            "description");

    private static final List<String> SCHEMA_WORDS = List.of(
            "type",
            "properties",
            "required",
            "items",
            "prefixItems",
            "enum",
            "const",
            "$ref",
            "$defs",
            "a",
            "anyOf",
            "oneOf",
            "allOf",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "uniqueItems",
            "format",
            "additionalProperties",
            "minProperties");

    private static final List<Object> SCALARS = List.of(
            "user",
            "tool",
            "assistant",
            "function",
            "required",
            "auto",
            "json_schema",
            "object",
            "array",
            "string",
            "integer",
            "number",
            "boolean",
            "null",
            "#",
            "#/$defs/a",
            "date",
            "uuid",
            "stop",
            "",
            "x",
            "0.5",
            true,
            false,
            0,
            1,
            -1,
            3,
            64,
            1_000_000,
            0.25,
            1e300,
            Long.MAX_VALUE);

    private final RandomGenerator random =
            RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);

    private @Nullable Object value(List<String> words, int depth) {
        int kind = random.nextInt(depth > 5 ? 2 : 6);
        if (kind == 0) {
            return random.nextInt(12) == 0 ? null : SCALARS.get(random.nextInt(SCALARS.size()));
        }
        if (kind == 1) {
            return random.nextBoolean() ? words.get(random.nextInt(words.size())) : random.nextInt(10);
        }
        if (kind == 2) {
            List<Object> list = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                list.add(value(words, depth + 1));
            }
            return list;
        }
        return object(words, depth);
    }

    private Map<String, Object> object(List<String> words, int depth) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            map.put(words.get(random.nextInt(words.size())), value(words, depth + 1));
        }
        return map;
    }

    /** As it would arrive: through the JSON reader. */
    private Map<String, Object> arrived(Map<String, Object> json) {
        return Json.parseObject(Json.bytes(json), JsonLimits.DEFAULT);
    }

    private static void unexpected(Object input, RuntimeException e) {
        fail("seed %d: %s".formatted(SEED, Json.text(input)), e);
    }

    @Test
    void chunks_of_a_stream() {
        ServedModels.Model model = new ServedModels.Model(
                "m", ModelListing.Listed.named("m"), Set.of(Intent.LLM_CHAT), Set.of(Modality.TEXT), false);
        int answered = 0;
        for (int round = 0; round < 4_000; round++) {
            DialectOperation operation = random.nextBoolean() ? DialectOperation.CHAT : DialectOperation.COMPLETION;
            DialectResult.Origin origin = new DialectResult.Origin(RecordingContext.TASK_ID, model);
            StreamFold fold = new StreamFold(operation, origin, 1, BackendFaults.modelNotFound("m", Set.of()));
            Map<String, Object> chunk = object(ANSWER_WORDS, 0);
            chunk.put("choices", List.of(object(ANSWER_WORDS, 1)));
            try {
                fold.accept(arrived(chunk)).ifPresent(Json::bytes);
                fold.accept(arrived(object(ANSWER_WORDS, 0)));
                Json.bytes(fold.end());
                answered++;
            } catch (IicpException e) {
                assertThat(e.getMessage()).isNotBlank();
            } catch (RuntimeException e) {
                unexpected(chunk, e);
            }
        }
        assertThat(answered).isPositive();
    }

    @Test
    void whole_answers() {
        ServedModels.Model model = new ServedModels.Model(
                "m", ModelListing.Listed.named("m"), Set.of(Intent.LLM_CHAT), Set.of(Modality.TEXT), false);
        DialectResult.Origin origin = new DialectResult.Origin(RecordingContext.TASK_ID, model);
        DialectOperation[] operations = DialectOperation.values();
        int answered = 0;
        for (int round = 0; round < 4_000; round++) {
            Map<String, Object> answer = object(ANSWER_WORDS, 0);
            answer.put(random.nextBoolean() ? "choices" : "data", List.of(object(ANSWER_WORDS, 1)));
            byte[] body = Json.bytes(answer);
            if (random.nextInt(4) == 0 && body.length > 2) {
                body[random.nextInt(body.length)] = (byte) random.nextInt(256);
            }
            try {
                Json.bytes(DialectResult.read(
                        operations[random.nextInt(operations.length)],
                        DialectResult.parse(body, JsonLimits.DEFAULT),
                        origin,
                        BackendFaults.modelNotFound("m", Set.of())));
                answered++;
            } catch (IicpException e) {
                assertThat(e.getMessage()).isNotBlank();
            } catch (RuntimeException e) {
                unexpected(new String(body, StandardCharsets.ISO_8859_1), e);
            }
        }
        assertThat(answered).isPositive();
    }

    @Test
    void payloads() throws Exception {
        DemoBackend engine = DemoBackend.create();
        List<Intent> intents = List.of(Intent.LLM_CHAT, Intent.LLM_COMPLETION, Intent.LLM_EMBEDDING);
        int answered = 0;
        for (int round = 0; round < 4_000; round++) {
            Map<String, Object> payload = object(PAYLOAD_WORDS, 0);
            payload.remove("model");
            if (random.nextBoolean()) {
                payload.put("messages", List.of(Map.of("role", "user", "content", "weather in Berlin")));
                payload.put("prompt", "Once");
                payload.put("input", "Once");
            }
            try {
                engine.handle(RecordingContext.streaming(
                        intents.get(random.nextInt(intents.size())), Json.text(arrived(payload))));
                answered++;
            } catch (IicpException e) {
                assertThat(e.getMessage()).isNotBlank();
            } catch (RuntimeException e) {
                unexpected(payload, e);
            }
        }
        assertThat(answered).isPositive();
    }

    @Test
    void schemas() {
        int made = 0;
        for (int round = 0; round < 4_000; round++) {
            Map<String, Object> schema = object(SCHEMA_WORDS, 0);
            if (random.nextBoolean()) {
                schema.put("$defs", Map.of("a", object(SCHEMA_WORDS, 1)));
            }
            try {
                Json.bytes(DemoSchema.instance(
                        arrived(schema), DemoValues.of(DemoPrompt.ofText("iicp-demo", "3 cats in Berlin, x"))));
                made++;
            } catch (BackendException e) {
                assertThat(e.getMessage()).contains("\"$");
            } catch (RuntimeException | StackOverflowError e) {
                fail("seed %d: %s".formatted(SEED, Json.text(schema)), e);
            }
        }
        assertThat(made).isGreaterThan(200);
    }
}
