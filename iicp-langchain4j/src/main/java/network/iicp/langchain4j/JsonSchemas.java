package network.iicp.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.json.JsonAnyOfSchema;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonBooleanSchema;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonNullSchema;
import dev.langchain4j.model.chat.request.json.JsonNumberSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import org.jspecify.annotations.Nullable;

/** Writes LangChain4j's schema elements as JSON Schema in plain Java values. Pure functions. */
final class JsonSchemas {

    private JsonSchemas() {}

    /**
     * Returns the schema.
     *
     * @throws InvalidRequestException if a raw schema is not a JSON object
     * @throws UnsupportedFeatureException if the element is of a kind this library does not know
     */
    static Map<String, Object> of(JsonSchemaElement element) {
        if (element instanceof JsonObjectSchema object) {
            return object(object);
        }
        if (element instanceof JsonArraySchema array) {
            Map<String, Object> json = typed("array", array.description());
            if (array.items() != null) {
                json.put("items", of(array.items()));
            }
            return json;
        }
        if (element instanceof JsonAnyOfSchema anyOf) {
            Map<String, Object> json = described(anyOf.description());
            json.put("anyOf", all(anyOf.anyOf()));
            return json;
        }
        if (element instanceof JsonEnumSchema choice) {
            Map<String, Object> json = typed("string", choice.description());
            json.put("enum", List.copyOf(choice.enumValues()));
            return json;
        }
        if (element instanceof JsonReferenceSchema reference) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("$ref", "#/$defs/" + reference.reference());
            return json;
        }
        if (element instanceof JsonRawSchema raw) {
            return raw(raw);
        }
        return scalar(element);
    }

    private static Map<String, Object> scalar(JsonSchemaElement element) {
        if (element instanceof JsonStringSchema text) {
            return typed("string", text.description());
        }
        if (element instanceof JsonIntegerSchema integer) {
            return typed("integer", integer.description());
        }
        if (element instanceof JsonNumberSchema number) {
            return typed("number", number.description());
        }
        if (element instanceof JsonBooleanSchema bool) {
            return typed("boolean", bool.description());
        }
        if (element instanceof JsonNullSchema) {
            return typed("null", null);
        }
        throw new UnsupportedFeatureException("a JSON schema element of type "
                + element.getClass().getSimpleName() + " is not supported by this model provider");
    }

    private static Map<String, Object> object(JsonObjectSchema object) {
        Map<String, Object> json = typed("object", object.description());
        json.put("properties", all(object.properties()));
        if (object.required() != null && !object.required().isEmpty()) {
            json.put("required", List.copyOf(object.required()));
        }
        if (object.additionalProperties() != null) {
            json.put("additionalProperties", object.additionalProperties());
        }
        if (object.definitions() != null && !object.definitions().isEmpty()) {
            json.put("$defs", all(object.definitions()));
        }
        return json;
    }

    private static Map<String, Object> raw(JsonRawSchema raw) {
        try {
            return Json.parseObject(raw.schema(), JsonLimits.DEFAULT);
        } catch (JsonException e) {
            throw new InvalidRequestException("the raw JSON schema is not a JSON object: " + e.getMessage(), e);
        }
    }

    private static Map<String, Object> all(@Nullable Map<String, JsonSchemaElement> elements) {
        Map<String, Object> json = new LinkedHashMap<>();
        if (elements != null) {
            elements.forEach((name, element) -> json.put(name, of(element)));
        }
        return json;
    }

    private static List<Object> all(List<JsonSchemaElement> elements) {
        return elements.stream().<Object>map(JsonSchemas::of).toList();
    }

    private static Map<String, Object> typed(String type, @Nullable String description) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("type", type);
        if (description != null) {
            json.put("description", description);
        }
        return json;
    }

    private static Map<String, Object> described(@Nullable String description) {
        Map<String, Object> json = new LinkedHashMap<>();
        if (description != null) {
            json.put("description", description);
        }
        return json;
    }
}
