package network.iicp.springai;

import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;

/** Tools for tests. */
final class Tools {

    static final String CITY_SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}";

    private Tools() {}

    static ToolDefinition definition(String name) {
        return ToolDefinition.builder()
                .name(name)
                .description("Knows about cities")
                .inputSchema(CITY_SCHEMA)
                .build();
    }

    /** Returns a tool that fails the test when it is run. */
    static ToolCallback named(String name) {
        ToolDefinition definition = definition(name);
        return new ToolCallback() {
            @Override
            public ToolDefinition getToolDefinition() {
                return definition;
            }

            @Override
            public String call(String toolInput) {
                throw new AssertionError("a model must not run tools");
            }
        };
    }
}
