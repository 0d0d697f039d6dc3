package network.iicp.langchain4j;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import network.iicp.backend.DemoBackend;
import network.iicp.backend.DemoPrompt;
import network.iicp.backend.DemoReply;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;

/** What a clever engine would answer to the questions of LangChain4j's kits for AI services. */
final class AiServiceAnswers {

    private static final String KLAUS = "{'name':'Klaus','age':37,'height':1.78,'married':false}";
    private static final String FRANNY = "{'name':'Franny','age':35,'height':1.65,'married':true}";
    private static final String DATE = "{'year':1976,'month':8,'day':12}";
    private static final String TIME = "{'hour':14,'minute':43,'second':0,'nano':0}";
    private static final String REX = "{'type':'Dog','name':'Rex','breed':'Labrador'}";
    private static final String CONSTANT = "{'type':'Constant','value':%d}";

    /**
     * An answer in JSON.
     *
     * @param words words of the question
     * @param answer JSON with single quotes
     */
    private record Extract(String words, String answer) {}

    /**
     * A call of a tool.
     *
     * @param words words of the question
     * @param tool the tool
     * @param arguments JSON with single quotes
     */
    private record Call(String words, String tool, String arguments) {}

    // The first row whose words are in the question counts.
    private static final List<Extract> EXTRACTS = List.of(
            new Extract("is a man:", "{'value':true}"),
            new Extract("number of people", "{'value':2}"),
            new Extract("temperature in Munich", "{'value':-0.5}"),
            new Extract("names of people", "{'values':['Klaus','Franny']}"),
            new Extract("information from the following text: Klaus is 37 years old", KLAUS),
            new Extract("Staniel is 33", "{'values':['SINGLE','MARRIED','MARRIED']}"),
            new Extract("Franny is 35", "{'values':[" + KLAUS + "," + FRANNY + "]}"),
            new Extract("Klaus is 37 years old", "{'value':'SINGLE'}"),
            new Extract("Do not include missing fields", "{'name':'Klaus'}"),
            new Extract(
                    "billing address should be New York",
                    "{'name':'Klaus','shippingAddress':{'city':'Langley Falls'},'billingAddress':{'city':'New York'}}"),
            new Extract("Klaus is single", "{'name':'Klaus','maritalStatus':'SINGLE'}"),
            new Extract("likes orange and green", "{'name':'Klaus','favouriteColors':['orange','green']}"),
            new Extract("has 2 pets", "{'name':'Klaus','pets':[{'name':'Peanut'},{'name':'Muffin'}]}"),
            new Extract("groups A and C", "{'name':'Klaus','groups':['A','C']}"),
            new Extract(
                    "born at 14:43",
                    "{'name':'Klaus','birthDate':%s,'birthTime':%s,'birthDateTime':{'date':%s,'time':%s}}"
                            .formatted(DATE, TIME, DATE, TIME)),
            new Extract("Klaus and Francine", "{'values':[{'name':'Klaus'},{'name':'Francine'}]}"),
            new Extract(
                    "Francine has 2 children",
                    "{'name':'Francine','children':[{'name':'Steve','children':[]},{'name':'Hayley','children':[]}]}"),
            new Extract("567b229a", "{'name':'Klaus','id':'567b229a-6b0a-4f1e-9006-448cd9dfbfda'}"),
            new Extract("following text: Klaus", "{'name':'Klaus'}"),
            new Extract("weather in Berlin", "{'values':['SUNNY','WINDY','RAINY','CLOUDY']}"),
            new Extract("Rex is a Labrador dog", "{'value':" + REX + "}"),
            new Extract(
                    "Rex is a Labrador.", "{'values':[" + REX + ",{'type':'Cat','name':'Whiskers','indoor':true}]}"),
            new Extract("Alice owns a Labrador", "{'name':'Alice','pet':" + REX + "}"),
            new Extract(
                    "expression 1+2+3",
                    "{'value':{'type':'Addition','left':{'type':'Addition','left':%s,'right':%s},'right':%s}}"
                            .formatted(CONSTANT.formatted(1), CONSTANT.formatted(2), CONSTANT.formatted(3))),
            new Extract("weather in Munich", "{'city':'Munich','weather':'SUNNY'}"));

    private static final List<Call> CALLS = List.of(
            new Call("37 plus 87", "add", "{'arg0':37,'arg1':87}"),
            new Call("add 2 and 3", "add", "{'arg0':2,'arg1':3}"),
            new Call("Now add 47", "add", "{'arg0':124,'arg1':47}"),
            new Call(
                    "Klaus is 37 years old",
                    "process",
                    "{'arg0':{'name':'Klaus','age':37,'height':1.78,'married':false}}"),
            new Call("Klaus lives in", "process", "{'arg0':{'name':'Klaus','address':{'city':'Langley Falls'}}}"),
            new Call(
                    "Francine has 2 children",
                    "process",
                    "{'arg0':{'name':'Francine','children':[{'name':'Steve','children':[]},"
                            + "{'name':'Hayley','children':[]}]}}"),
            new Call("in celsius", "currentTemperature", "{'arg0':'Munich','arg1':'CELSIUS'}"),
            new Call("Klaus is 42", "process", "{'arg0':{'Klaus':42,'Francine':47}}"),
            new Call("following names", "processNames", "{'arg0':['Klaus','Franny']}"),
            new Call("following colors", "process", "{'arg0':['RED','GREEN']}"),
            new Call("following integers", "processNumbers", "{'arg0':[37,73]}"),
            new Call("following people", "process", "{'arg0':[{'name':'Klaus'},{'name':'Franny'}]}"),
            new Call("62dbcc27", "getUsernameFromId", "{'arg0':'62dbcc27-aaf3-449a-b12d-5a904271a57f'}"),
            new Call("argument '7'", "modify", "{'arg0':7}"),
            new Call("weather in Munich", "getWeather", "{'arg0':'Munich'}"));

    private AiServiceAnswers() {}

    /** Returns an engine that knows them. */
    static DemoBackend engine() {
        DemoBackend.Builder engine = DemoBackend.builder();
        // Two steps, the second with the result of the first.
        engine.answer(
                prompt -> asks(prompt, "multiply the result by 4", "multiply")
                        && lastTool(prompt).equals("add"),
                call("multiply", "{'arg0':5,'arg1':4}"));
        engine.answer(
                prompt ->
                        asks(prompt, "Call 2 tools", "add") && lastTool(prompt).isEmpty(),
                DemoReply.toolCalls(
                        new DemoReply.Call("add", json("{'arg0':37,'arg1':87}")),
                        new DemoReply.Call("add", json("{'arg0':73,'arg1':78}"))));
        for (Call row : CALLS) {
            engine.answer(
                    prompt -> asks(prompt, row.words(), row.tool())
                            && lastTool(prompt).isEmpty(),
                    call(row.tool(), row.arguments()));
        }
        for (Extract row : EXTRACTS) {
            engine.answer(
                    prompt -> prompt.wantsJson() && prompt.userText().contains(row.words()) && mayAnswer(prompt),
                    DemoReply.text(row.answer().replace('\'', '"')));
        }
        return engine.answer("capital of Germany", "The capital of Germany is Berlin.")
                .build();
    }

    /** A question with tools on offer is answered when they have been asked. */
    private static boolean mayAnswer(DemoPrompt prompt) {
        return prompt.toolNames().isEmpty() || !prompt.toolReplies().isEmpty();
    }

    private static boolean asks(DemoPrompt prompt, String words, String tool) {
        return prompt.toolNames().contains(tool)
                && prompt.userText().toLowerCase(Locale.ROOT).contains(words.toLowerCase(Locale.ROOT));
    }

    private static String lastTool(DemoPrompt prompt) {
        List<DemoPrompt.Message> replies = prompt.toolReplies();
        return replies.isEmpty() ? "" : replies.get(replies.size() - 1).tool();
    }

    private static DemoReply call(String tool, String arguments) {
        return DemoReply.toolCall(tool, json(arguments));
    }

    private static Map<String, Object> json(String quoted) {
        return Json.parseObject(quoted.replace('\'', '"'), JsonLimits.DEFAULT);
    }
}
