package network.iicp.backend;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import network.iicp.spi.TaskContext;

/** Puts answers out in the OpenAI dialect: token by token if the consumer streams, else whole. One use. */
final class DemoOutput {

    /** What differs between a chat and a completion. */
    enum Form {
        CHAT("chatcmpl-", "chat.completion", "chat.completion.chunk"),
        COMPLETION("cmpl-", "text_completion", "text_completion");

        private final String idPrefix;
        private final String object;
        private final String chunkObject;

        Form(String idPrefix, String object, String chunkObject) {
            this.idPrefix = idPrefix;
            this.object = object;
            this.chunkObject = chunkObject;
        }
    }

    /** Called before each token. */
    @FunctionalInterface
    interface Pace {
        void next(TaskContext context) throws InterruptedException;
    }

    private final Form form;
    private final TaskContext context;
    private final String model;
    private final Instant created;

    DemoOutput(Form form, TaskContext context, String model, Instant created) {
        this.form = form;
        this.context = context;
        this.model = model;
        this.created = created;
    }

    /**
     * Puts the answers out.
     *
     * @param answers one for each choice
     * @return the whole result, or its end if parts of it were emitted
     */
    Map<String, Object> answer(List<DemoAnswer> answers, int promptTokens, Pace pace) throws InterruptedException {
        int longest = answers.stream()
                .mapToInt(answer -> answer.pieces().size())
                .max()
                .orElse(0);
        for (int position = 0; position < longest; position++) {
            for (int choice = 0; choice < answers.size(); choice++) {
                List<DemoAnswer.Piece> pieces = answers.get(choice).pieces();
                if (position < pieces.size()) {
                    pace.next(context);
                    emit(choice, pieces.get(position));
                }
            }
        }
        boolean streamed = context.isStreaming() && longest > 0;
        Map<String, Object> result = envelope(streamed ? form.chunkObject : form.object);
        result.put("choices", choices(answers, streamed ? this::end : this::whole));
        int tokens = answers.stream().mapToInt(answer -> answer.pieces().size()).sum();
        Map<String, Object> usage = new LinkedHashMap<>();
        usage.put("prompt_tokens", promptTokens);
        usage.put("completion_tokens", tokens);
        usage.put("total_tokens", promptTokens + tokens);
        result.put("usage", usage);
        return result;
    }

    private void emit(int choice, DemoAnswer.Piece piece) throws InterruptedException {
        if (!context.isStreaming()) {
            return;
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("index", choice);
        if (form == Form.CHAT) {
            json.put("delta", DemoAnswer.delta(piece));
        } else {
            json.put("text", piece instanceof DemoAnswer.Piece.Text text ? text.text() : "");
        }
        json.put("finish_reason", null);
        Map<String, Object> chunk = envelope(form.chunkObject);
        chunk.put("choices", List.of(json));
        context.emit(chunk);
    }

    private static List<Object> choices(
            List<DemoAnswer> answers, BiFunction<DemoAnswer, Map<String, Object>, Map<String, Object>> fill) {
        List<Object> choices = new ArrayList<>();
        for (DemoAnswer answer : answers) {
            Map<String, Object> choice = new LinkedHashMap<>();
            choice.put("index", choices.size());
            choices.add(fill.apply(answer, choice));
        }
        return choices;
    }

    private Map<String, Object> end(DemoAnswer answer, Map<String, Object> choice) {
        if (form == Form.CHAT) {
            choice.put("delta", Map.of());
        } else {
            choice.put("text", "");
        }
        choice.put("finish_reason", answer.finish());
        return choice;
    }

    private Map<String, Object> whole(DemoAnswer answer, Map<String, Object> choice) {
        if (form == Form.CHAT) {
            choice.put("message", answer.message());
        } else {
            choice.put("text", answer.text());
        }
        choice.put("logprobs", null);
        choice.put("finish_reason", answer.finish());
        return choice;
    }

    private Map<String, Object> envelope(String object) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", form.idPrefix + context.task().id());
        json.put("object", object);
        json.put("created", created.getEpochSecond());
        json.put("model", model);
        return json;
    }
}
