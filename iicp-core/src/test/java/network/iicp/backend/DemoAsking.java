package network.iicp.backend;

import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Intent;

/** What the tests of the demo engine share: questions with single quotes for double ones, and the way into the answers. */
final class DemoAsking {

    static final String WEATHER = """
            {'type':'function','function':{'name':'getWeather','description':'Returns the weather of a city',
            'parameters':{'type':'object','required':['city'],'properties':{'city':{'type':'string'},'unit':{'enum':['celsius','fahrenheit']}}}}}""";

    static final String TIME =
            "{'type':'function','function':{'name':'get_current_time','description':'Tells the time'}}";

    private DemoAsking() {}

    static JsonObject ask(DemoBackend engine, Intent intent, String payload) throws InterruptedException {
        Object result = engine.handle(RecordingContext.buffered(intent, payload));
        return JsonObject.parse(Json.bytes(result), JsonLimits.DEFAULT);
    }

    static JsonObject chat(DemoBackend engine, String members) throws InterruptedException {
        return ask(engine, Intent.LLM_CHAT, "{" + members + "}");
    }

    static String user(String text) {
        return "'messages':[{'role':'user','content':'" + text + "'}]";
    }

    static JsonObject choice(JsonObject result) {
        return result.objects("choices").get(0);
    }

    static String content(JsonObject result) {
        return choice(result).object("message").string("content");
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> asMap(Object result) {
        return (Map<String, Object>) result;
    }
}
