package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

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
import java.util.stream.Stream;
import network.iicp.json.Json;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class JsonSchemasTest {

    static Stream<Arguments> elements() {
        return Stream.of(
                arguments(new JsonStringSchema(), "{'type':'string'}"),
                arguments(
                        JsonStringSchema.builder().description("a \"name\"").build(),
                        "{'type':'string','description':'a \\\"name\\\"'}"),
                arguments(new JsonIntegerSchema(), "{'type':'integer'}"),
                arguments(new JsonNumberSchema(), "{'type':'number'}"),
                arguments(new JsonBooleanSchema(), "{'type':'boolean'}"),
                arguments(new JsonNullSchema(), "{'type':'null'}"),
                arguments(
                        JsonEnumSchema.builder()
                                .enumValues("A", "B")
                                .description("one")
                                .build(),
                        "{'type':'string','description':'one','enum':['A','B']}"),
                arguments(
                        JsonArraySchema.builder().items(new JsonStringSchema()).build(),
                        "{'type':'array','items':{'type':'string'}}"),
                arguments(JsonArraySchema.builder().build(), "{'type':'array'}"),
                arguments(JsonReferenceSchema.builder().reference("person").build(), "{'$ref':'#/$defs/person'}"),
                arguments(
                        JsonAnyOfSchema.builder()
                                .description("either")
                                .anyOf(new JsonStringSchema(), new JsonNullSchema())
                                .build(),
                        "{'description':'either','anyOf':[{'type':'string'},{'type':'null'}]}"),
                arguments(JsonObjectSchema.builder().build(), "{'type':'object','properties':{}}"),
                arguments(
                        JsonObjectSchema.builder()
                                .description("a person")
                                .addStringProperty("name")
                                .addProperty(
                                        "child",
                                        JsonReferenceSchema.builder()
                                                .reference("person")
                                                .build())
                                .required("name")
                                .additionalProperties(false)
                                .definitions(java.util.Map.of("person", new JsonStringSchema()))
                                .build(),
                        "{'type':'object','description':'a person',"
                                + "'properties':{'name':{'type':'string'},'child':{'$ref':'#/$defs/person'}},"
                                + "'required':['name'],'additionalProperties':false,"
                                + "'$defs':{'person':{'type':'string'}}}"),
                arguments(
                        JsonRawSchema.from("{\"type\": \"integer\", \"minimum\": 1.50}"),
                        "{'type':'integer','minimum':1.50}"));
    }

    @ParameterizedTest
    @MethodSource("elements")
    void every_element_is_written_as_JSON_schema(JsonSchemaElement element, String expected) {
        assertThat(Json.text(JsonSchemas.of(element))).isEqualTo(expected.replace('\'', '"'));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "not JSON", "{\"a\":1}{}", "{\"a\":NaN}"})
    void a_raw_schema_must_be_a_JSON_object(String raw) {
        assertThatThrownBy(() -> JsonSchemas.of(JsonRawSchema.from(raw)))
                .isExactlyInstanceOf(InvalidRequestException.class)
                .hasMessageStartingWith("the raw JSON schema is not a JSON object");
    }

    @Test
    void an_element_of_an_unknown_kind_is_refused() {
        class Novelty implements JsonSchemaElement {
            @Override
            public String description() {
                return "new";
            }
        }

        assertThatThrownBy(() -> JsonSchemas.of(new Novelty()))
                .isExactlyInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("Novelty is not supported");
    }
}
