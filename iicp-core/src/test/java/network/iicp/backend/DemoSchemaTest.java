package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.ErrorCode;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DemoSchemaTest {

    private static String instance(String schema, DemoPrompt prompt) {
        return Json.text(DemoSchema.instance(
                        Json.parseObject(schema.replace('\'', '"'), JsonLimits.DEFAULT), DemoValues.of(prompt)))
                .replace('"', '\'');
    }

    private static String instance(String schema) {
        return instance(schema, DemoPrompt.ofText("iicp-demo", "hello"));
    }

    @Nested
    class Every_kind_of_value_is_made {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '#',
                value = {
                    "{} | 'demo'",
                    "{'type':'string'} | 'demo'",
                    "{'type':'string','maxLength':2} | 'de'",
                    "{'type':'string','minLength':6} | 'demoxx'",
                    "{'type':'string','format':'date'} | '2026-01-01'",
                    "{'type':'string','format':'uuid'} | '00000000-0000-4000-8000-000000000000'",
                    "{'type':'string','format':'unheard-of'} | 'demo'",
                    "{'type':'integer'} | 1",
                    "{'type':'integer','minimum':10} | 10",
                    "{'type':'integer','exclusiveMinimum':10} | 11",
                    "{'type':'integer','minimum':10,'exclusiveMinimum':true} | 11",
                    "{'type':'integer','maximum':-3} | -3",
                    "{'type':'integer','exclusiveMaximum':-3,'minimum':-4} | -4",
                    "{'type':'integer','multipleOf':7,'minimum':10,'maximum':20} | 14",
                    "{'type':'integer','multipleOf':0.5,'minimum':2.2} | 3",
                    "{'type':'number','minimum':0.25,'maximum':0.5} | 0.25",
                    "{'type':'number','exclusiveMinimum':0,'exclusiveMaximum':1} | 0.5",
                    "{'type':'number','exclusiveMaximum':-1e40} | -10000000000000000000000000000000000000001",
                    "{'minimum':4} | 4",
                    "{'type':'boolean'} | true",
                    "{'type':'null'} | null",
                    "{'type':['null','integer']} | 1",
                    "{'type':['null']} | null",
                    "{'const':{'a':null}} | {'a':null}",
                    "{'enum':['red','green']} | 'red'",
                    "{'enum':[null,1]} | null",
                    "{'type':'array','items':{'type':'integer'}} | [1]",
                    "{'type':'array','maxItems':0} | []",
                    "{'type':'array','minItems':3,'uniqueItems':true,'items':{'type':'integer','minimum':5}} | [5,6,7]",
                    "{'type':'array','minItems':2,'uniqueItems':true,'items':{'enum':['a','b']}} | ['a','b']",
                    "{'type':'array','minItems':2,'uniqueItems':true,'items':{'type':'string'}} | ['demo','demo 2']",
                    "{'type':'array','minItems':2,'uniqueItems':true,'items':{'type':'object','properties':{'a':{'type':'string','format':'email'}}}} | [{'a':'demo@example.org'},{'a':'demo2@example.org'}]",
                    "{'prefixItems':[{'type':'integer'},{'type':'string'}]} | [1,'demo']",
                    "{'type':'object'} | {}",
                    "{'type':'object','required':['x'],'additionalProperties':{'type':'integer'}} | {'x':1}",
                    "{'type':'object','minProperties':2,'additionalProperties':{'type':'boolean'}} | {'demo1':true,'demo2':true}",
                    "{'properties':{'a':{'type':'integer'},'b':{'type':'object','properties':{'c':{'type':'string'}}}}} | {'a':1,'b':{'c':'demo'}}",
                    "{'$ref':'#/$defs/n','$defs':{'n':{'type':'integer','minimum':4}}} | 4",
                    "{'$ref':'#/definitions/a~1b','definitions':{'a/b':{'const':7}}} | 7",
                    "{'description':'with siblings','minimum':6,'$ref':'#/$defs/n','$defs':{'n':{'type':'integer','minimum':4}}} | 6",
                    "{'allOf':[{'properties':{'a':{'type':'integer'}}},{'properties':{'a':{'minimum':3},'b':{'type':'null'}},'required':['b']}]} | {'a':3,'b':null}",
                    "{'allOf':[{'$ref':'#/$defs/a'},{'$ref':'#/$defs/b'}],'$defs':{'a':{'type':'integer','minimum':2},'b':{'maximum':9,'minimum':5}}} | 5",
                    "{'anyOf':[{'type':'null'},{'type':'integer'}]} | 1",
                    "{'anyOf':[{'type':'string','pattern':'x'},{'type':'integer'}],'title':'t'} | 1",
                    "{'oneOf':[{'type':'null'}]} | null",
                    "{'oneOf':[{'type':'integer'},{'type':'number','exclusiveMinimum':1.5}]} | 1",
                    "{'enum':['a',5,'abc'],'type':'string','minLength':2} | 'abc'",
                    "{'const':5,'minimum':4.5} | 5",
                    "{'const':1e300} | 1e300",
                    "{'type':'object','properties':{'kept':{'type':'string'},'odd':{'type':'string','pattern':'a+'}}} | {'kept':'demo'}",
                })
        void as_its_schema_says(String schema, String expected) {
            assertThat(instance(schema)).isEqualTo(expected);
        }

        @Test
        void trees_end_where_they_may() {
            assertThat(instance("""
                                    {'$ref':'#/$defs/node','$defs':{'node':{'type':'object','required':['name','children'],
                                    'properties':{'name':{'type':'string'},'children':{'type':'array','items':{'$ref':'#/$defs/node'}}}}}}""")).isEqualTo("{'name':'demo','children':[{'name':'demo','children':[]}]}");
        }

        @Test
        void linked_lists_end_in_null() {
            assertThat(instance("""
                                    {'type':'object','required':['next'],'properties':{'next':{'anyOf':[{'$ref':'#'},{'type':'null'}]}}}""")).isEqualTo("{'next':{'next':{'next':null}}}");
        }
    }

    @Nested
    class Values_come_from_what_was_said {

        private final DemoPrompt prompt =
                DemoPrompt.ofText("iicp-demo", "Call the \"Blue Room\" in New York for 3 people, 45.5 minutes, urgent");

        @Test
        void quoted_texts_names_and_numbers_in_their_order() {
            assertThat(instance("""
                                    {'properties':{'title':{'type':'string'},'city':{'type':'string'},'other':{'type':'string'},
                                    'people':{'type':'integer'},'minutes':{'type':'number'},'rest':{'type':'integer'}}}""", prompt))
                    .isEqualTo(
                            "{'title':'Blue Room','city':'New York','other':'demo','people':3,'minutes':45.5,'rest':1}");
        }

        @Test
        void numbers_only_where_they_are_allowed() {
            assertThat(instance("{'type':'integer','minimum':10}", prompt)).isEqualTo("10");
        }

        @Test
        void the_option_that_was_mentioned() {
            assertThat(instance("{'enum':['low','URGENT','urge']}", prompt)).isEqualTo("'URGENT'");
        }

        @Test
        void what_a_tool_said() {
            DemoPrompt told = new DemoPrompt(
                    "iicp-demo",
                    List.of(
                            new DemoPrompt.Message("user", "weather?", 0, 0, ""),
                            new DemoPrompt.Message("tool", "sunny", 0, 0, "getWeather"),
                            new DemoPrompt.Message(
                                    "tool", "{\"degrees\": 21.5, \"unit\": 3, \"dry\": false}", 0, 0, "getDegrees")),
                    List.of(),
                    false,
                    true);
            assertThat(instance("""
                                    {'properties':{'weather':{'type':'string'},'degrees':{'type':'number'},'unit':{'type':'string'},'dry':{'type':'boolean'}}}""", told)).isEqualTo("{'weather':'sunny','degrees':21.5,'unit':'demo','dry':false}");
        }
    }

    @Nested
    class What_cannot_be_made_is_refused {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '#',
                value = {
                    "{'type':'string','pattern':'a'} | pattern",
                    "{'type':'string','minLength':5,'maxLength':4} | lengths",
                    "{'type':'string','minLength':1e9} | lengths",
                    "{'type':'integer','minimum':5,'maximum':4} | bounds",
                    "{'type':'integer','minimum':1e999} | bound",
                    "{'type':'integer','multipleOf':0} | bound",
                    "{'type':'array','minItems':2,'maxItems':1} | minItems",
                    "{'type':'array','minItems':3,'uniqueItems':true,'items':{'enum':[1,2]}} | different",
                    "{'type':'array','minItems':1000000} | too large",
                    "{'type':'array','minItems':4000,'items':{'type':'string','minLength':9000}} | too large",
                    "{'allOf':[{'$ref':'#/$defs/a'}],'$defs':{'a':{'allOf':[{'$ref':'#/$defs/a'}]}}} | itself",
                    "{'anyOf':[{'anyOf':[{'$ref':'#'}]}]} | itself",
                    "{'enum':[]} | no option",
                    "{'const':'x','type':'integer'} | contradicts",
                    "{'enum':['a','b'],'maxLength':0} | no option",
                    "{'oneOf':[{'type':'integer'},{'type':'number'}]} | oneOf",
                    "{'anyOf':[{'type':'null'}],'type':'string'} | alternative",
                    "{'type':'colour'} | type",
                    "{'not':{}} | not",
                    "{'$ref':'https://example.org/schema'} | $ref",
                    "{'$ref':'#/$defs/absent'} | $ref",
                    "{'$ref':'#'} | itself",
                    "{'$ref':'#/$defs/a','$defs':{'a':{'$ref':'#/$defs/b'},'b':{'$ref':'#/$defs/a'}}} | itself",
                    "{'type':'object','required':['x'],'properties':{'x':{'$ref':'#'}}} | itself",
                    "{'type':'object','required':['x'],'additionalProperties':false} | nothing",
                    "{'type':'object','properties':{'a':{},'b':{}},'maxProperties':1} | more properties",
                    "{'allOf':[{'const':1},{'const':2}]} | at once",
                    "{'anyOf':[]} | alternative",
                })
        void with_the_place_and_the_reason(String schema, String reason) {
            assertThatThrownBy(() -> instance(schema))
                    .isInstanceOfSatisfying(BackendException.class, e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.BACKEND_REJECTED.slug());
                        assertThat(e.retryable()).isFalse();
                    })
                    .hasMessageContaining("\"$")
                    .hasMessageContaining(reason);
        }

        @Test
        @Timeout(10)
        void when_a_large_value_is_repeated() {
            String large = "x".repeat(100_000);
            assertThatThrownBy(() -> instance(
                            "{'type':'array','minItems':4000,'items':{'const':{'a':['%s']}}}".formatted(large)))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContaining("too large");
        }

        @Test
        @Timeout(10)
        void even_when_it_branches_without_end() {
            StringBuilder properties = new StringBuilder();
            for (int i = 0; i < 30; i++) {
                properties
                        .append(i == 0 ? "" : ",")
                        .append("'p%d':{'anyOf':[{'$ref':'#/$defs/d%d'},{'$ref':'#'}]}".formatted(i, i % 10));
            }
            StringBuilder definitions = new StringBuilder();
            for (int i = 0; i < 10; i++) {
                definitions
                        .append(i == 0 ? "" : ",")
                        .append("'d%d':{'type':'object','properties':{%s}}".formatted(i, properties));
            }
            assertThatThrownBy(() -> instance(
                            "{'type':'object','properties':{%s},'$defs':{%s}}".formatted(properties, definitions)))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContaining("too large");
        }
    }
}
