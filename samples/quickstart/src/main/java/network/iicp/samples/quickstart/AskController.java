package network.iicp.samples.quickstart;

import java.util.Map;
import network.iicp.protocol.IicpException;
import network.iicp.springai.IicpMetadata;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

/** Passes questions from the web on to the mesh, and answers back. */
@RestController
@Profile("web")
final class AskController {

    private static final int LONGEST_QUESTION = 4_000;

    private final ChatModel chatModel;

    @Autowired
    AskController(ChatModel chatModel) {
        this.chatModel = chatModel;
    }

    /** What is asked. */
    record Question(@Nullable String question) {}

    /** Text, and where it came from. A stream has the origin in its last event only. */
    record Answer(String text, @Nullable Origin origin) {}

    /** Where an answer came from. */
    record Origin(String node, String model, int attempts, boolean encrypted) {}

    @GetMapping("/ask")
    Answer ask(@RequestParam("q") String question) {
        return answer(chatModel.call(prompt(question)));
    }

    @PostMapping("/ask")
    Answer ask(@RequestBody Question body) {
        return answer(chatModel.call(prompt(body.question())));
    }

    /** Closing the connection stops the node. */
    @GetMapping(path = "/ask/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Flux<ServerSentEvent<Object>> stream(@RequestParam("q") String question) {
        return chatModel.stream(prompt(question))
                .map(chunk -> event("answer", answer(chunk)))
                .onErrorResume(IicpException.class, e -> Flux.just(event("failed", Map.of("detail", e.getMessage()))));
    }

    private static Prompt prompt(@Nullable String question) {
        if (question == null || question.isBlank() || question.length() > LONGEST_QUESTION) {
            throw new IllegalArgumentException("A question has 1 to %d characters.".formatted(LONGEST_QUESTION));
        }
        return new Prompt(question);
    }

    private static Answer answer(ChatResponse response) {
        String text = response.getResult() == null
                ? ""
                : response.getResult().getOutput().getText();
        Origin origin = IicpMetadata.provenance(response)
                .map(from -> new Origin(
                        from.node(),
                        from.modelName().orElse("unknown"),
                        from.attempts().size(),
                        from.encrypted()))
                .orElse(null);
        return new Answer(text == null ? "" : text, origin);
    }

    private static ServerSentEvent<Object> event(String name, Object data) {
        return ServerSentEvent.builder(data).event(name).build();
    }

    @ExceptionHandler
    ProblemDetail refused(IllegalArgumentException e) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, e.getMessage());
    }

    @ExceptionHandler
    ProblemDetail notAnswered(IicpException e) {
        HttpStatus status = e.retryable() ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.BAD_GATEWAY;
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, e.getMessage());
        problem.setProperty("code", e.code());
        return problem;
    }
}
