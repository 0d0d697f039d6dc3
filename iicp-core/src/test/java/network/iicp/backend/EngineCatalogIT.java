package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.protocol.ModelReport;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.spi.InferenceBackend.State;
import network.iicp.transport.HttpTransport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an engine says it is, has and how it is, over real sockets. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EngineCatalogIT {

    private final FakeEngine engine;
    private final HttpTransport transport = HttpTransport.builder().build();
    private final AtomicLong nanos = new AtomicLong();

    EngineCatalogIT() throws Exception {
        engine = new FakeEngine();
    }

    private OpenAiDialectBackend.Builder builder() {
        return OpenAiDialectBackend.builder()
                .baseUrl(engine.uri())
                .transport(transport)
                .nanos(nanos::get)
                .probeTimeout(Duration.ofSeconds(5));
    }

    @AfterEach
    void close() throws Exception {
        transport.close();
        engine.close();
    }

    private void ollama(String tags) {
        engine.json("/api/tags", 200, "{'models':[" + tags + "]}").json("/api/version", 200, "{'version':'0.5'}");
    }

    /** Which model a request reaches; the code of the refusal if it reaches none. */
    private String asked(OpenAiDialectBackend backend, Intent intent, String modelMember) throws InterruptedException {
        engine.json("/v1/chat/completions", 200, "{'choices':[{'message':{'content':'x'}}]}")
                .json("/v1/completions", 200, "{'choices':[{'text':'x'}]}")
                .json("/v1/embeddings", 200, "{'data':[{'embedding':[1]}]}");
        String payload = "{'messages':[1],'prompt':'x','input':'x'" + modelMember + "}";
        try {
            backend.handle(RecordingContext.buffered(intent, payload));
        } catch (IicpException e) {
            return e.code();
        }
        FakeEngine.Request last = engine.requests().get(engine.requests().size() - 1);
        return last.json().string("model");
    }

    @Nested
    class The_kind_of_engine {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "Server: llama.cpp | '' | llamacpp",
                    "Server: uvicorn | '' | vllm",
                    "Server: nginx | vllm | vllm",
                    "Server: nginx | llamacpp | llamacpp",
                    "X-Powered-By: Express | organization_owner | lmstudio",
                    "Server: cloudflare | openai | custom",
                })
        void is_seen_in_its_list_of_models(String header, String owner, String type) {
            engine.on(
                    "/v1/models",
                    (request, wire) -> wire.answer(
                            200, header + "\r\n", "{\"data\":[{\"id\":\"m\",\"owned_by\":\"" + owner + "\"}]}"));
            OpenAiDialectBackend backend = builder().build();

            assertThat(backend.type()).isEqualTo("custom");
            backend.capabilities();
            assertThat(backend.type()).isEqualTo(type);
        }

        @Test
        void is_ollama_if_it_tells_its_version() {
            ollama("{'name':'llama3:latest','digest':'1'}");
            engine.models("llama3:latest");
            OpenAiDialectBackend backend = builder().build();
            backend.capabilities();
            assertThat(backend.type()).isEqualTo("ollama");
        }

        @Test
        void is_what_the_operator_says() {
            engine.on("/v1/models", (request, wire) -> wire.answer(200, "Server: uvicorn\r\n", "{\"data\":[]}"));
            OpenAiDialectBackend backend = builder().llamaCpp().build();
            assertThat(backend.type()).isEqualTo("llamacpp");
            backend.capabilities();
            assertThat(backend.type()).isEqualTo("llamacpp");
        }

        @Test
        void has_a_default_address() {
            assertThat(EngineFlavour.values())
                    .extracting(
                            EngineFlavour::type, flavour -> flavour.defaultUrl().getPort())
                    .containsExactly(
                            tuple("ollama", 11434),
                            tuple("lmstudio", 1234),
                            tuple("vllm", 8000),
                            tuple("llamacpp", 8080),
                            tuple("custom", 11434));
            for (OpenAiDialectBackend backend : List.of(
                    OpenAiDialectBackend.ollama(),
                    OpenAiDialectBackend.vllm(),
                    OpenAiDialectBackend.llamaCpp(),
                    OpenAiDialectBackend.lmStudio(),
                    OpenAiDialectBackend.openAi(URI.create("https://example.org")))) {
                assertThat(backend.requiresKnownCallers()).isFalse();
                backend.close();
                assertThat(backend.state()).isEqualTo(State.UNAVAILABLE);
            }
        }
    }

    @Nested
    class Capabilities {

        @Test
        void come_one_for_each_intent_and_set_of_modalities() {
            engine.models("llama3", "qwen2.5-vl", "my-embed", "mistral");

            List<Capability> capabilities =
                    builder().vllm().maxTokens(4096).build().capabilities();

            assertThat(capabilities)
                    .extracting(Capability::intent, Capability::models, Capability::inputModalities)
                    .containsExactly(
                            tuple(Intent.LLM_CHAT, List.of("llama3", "mistral"), Set.of(Modality.TEXT)),
                            tuple(Intent.LLM_CHAT, List.of("qwen2.5-vl"), Set.of(Modality.TEXT, Modality.IMAGE)),
                            tuple(
                                    Intent.LLM_COMPLETION,
                                    List.of("llama3", "qwen2.5-vl", "mistral"),
                                    Set.of(Modality.TEXT)),
                            tuple(Intent.LLM_EMBEDDING, List.of("my-embed"), Set.of(Modality.TEXT)));
            assertThat(capabilities.get(0).streams()).isTrue();
            assertThat(capabilities.get(0).maxTokens()).isEqualTo(4096);
            assertThat(capabilities.get(0).features()).isEmpty();
            assertThat(capabilities.get(3).streams()).isFalse();
            assertThat(capabilities.get(3).maxTokens()).isNull();
        }

        @Test
        void of_ollama_come_from_what_it_knows_about_its_models() {
            ollama(
                    "{'name':'a:latest','digest':'1'},{'name':'b:7b','digest':'2'},{'name':'c:latest','digest':'3'},{'name':'d:latest','digest':'4'}");
            engine.on("/api/show", (request, wire) -> {
                switch (request.json().string("model")) {
                    case "a:latest" -> wire.json(200, "{'capabilities':['completion','tools']}");
                    case "b:7b" -> wire.json(200, "{'capabilities':['completion','vision']}");
                    case "c:latest" -> wire.json(200, "{'capabilities':['embedding']}");
                    default -> wire.json(500, "{}");
                }
            });
            OpenAiDialectBackend backend = builder()
                    .ollama()
                    .intents(Intent.LLM_CHAT, Intent.LLM_EMBEDDING)
                    .build();

            assertThat(backend.capabilities())
                    .extracting(
                            Capability::intent, Capability::models, Capability::inputModalities, Capability::features)
                    .containsExactly(
                            tuple(Intent.LLM_CHAT, List.of("a:latest"), Set.of(Modality.TEXT), List.of("tool_calling")),
                            tuple(Intent.LLM_CHAT, List.of("b:7b"), Set.of(Modality.TEXT, Modality.IMAGE), List.of()),
                            tuple(Intent.LLM_CHAT, List.of("d:latest"), Set.of(Modality.TEXT), List.of()),
                            tuple(Intent.LLM_EMBEDDING, List.of("c:latest"), Set.of(Modality.TEXT), List.of()));
            backend.capabilities();
            assertThat(engine.requests("/api/show"))
                    .as("what is known is not asked again")
                    .hasSize(5);
        }

        @Test
        void of_llama_cpp_know_what_its_model_takes_and_do_not_tell_where_it_is() {
            engine.models("/srv/models/tiny.gguf").json("/props", 200, "{'modalities':{'vision':true,'audio':false}}");

            List<Capability> capabilities = builder().llamaCpp().build().capabilities();

            assertThat(capabilities.get(0).models()).containsExactly("tiny.gguf");
            assertThat(capabilities.get(0).inputModalities()).containsExactly(Modality.TEXT, Modality.IMAGE);
        }

        @Test
        void of_an_engine_of_unknown_kind_offer_no_completions() {
            engine.models("gpt-4o", "text-embedding-3-small");
            assertThat(builder().build().capabilities())
                    .extracting(Capability::intent)
                    .containsExactly(Intent.LLM_CHAT, Intent.LLM_EMBEDDING);
        }

        @Test
        void follow_what_is_configured() {
            engine.models("a", "b", "c", "e5");

            List<Capability> capabilities = builder()
                    .vllm()
                    .models("c", "a")
                    .embeddingModels("e5")
                    .inputModalities(Modality.AUDIO)
                    .toolCalling()
                    .intents(Intent.LLM_EMBEDDING, Intent.LLM_CHAT)
                    .build()
                    .capabilities();

            assertThat(capabilities)
                    .extracting(Capability::intent, Capability::models, Capability::features)
                    .containsExactly(
                            tuple(Intent.LLM_EMBEDDING, List.of("e5"), List.of()),
                            tuple(Intent.LLM_CHAT, List.of("c", "a"), List.of("tool_calling")));
            assertThat(capabilities.get(1).inputModalities()).containsExactly(Modality.TEXT, Modality.AUDIO);
        }

        @Test
        void leave_out_models_that_the_engine_does_not_have() {
            engine.models("a");
            assertThat(builder()
                            .vllm()
                            .models("a", "gone")
                            .build()
                            .capabilities()
                            .get(0)
                            .models())
                    .containsExactly("a");
            assertThat(builder().vllm().models("gone").build().capabilities()).isEmpty();
        }

        @Test
        void believe_the_operator_where_engines_do_not_check_names() {
            engine.models("listed");
            assertThat(builder()
                            .flavour(EngineFlavour.CUSTOM)
                            .models("unlisted")
                            .build()
                            .capabilities()
                            .get(0)
                            .models())
                    .containsExactly("unlisted");
        }

        @Test
        void name_a_llama_cpp_model_as_the_operator_does() throws Exception {
            engine.models("/srv/models/tiny.gguf");
            OpenAiDialectBackend backend = builder().llamaCpp().model("tiny").build();
            assertThat(backend.capabilities().get(0).models()).containsExactly("tiny");
            assertThat(asked(backend, Intent.LLM_CHAT, "")).isEqualTo("/srv/models/tiny.gguf");
        }

        @Test
        void put_the_preferred_model_first_and_keep_the_others() {
            engine.models("a", "b", "c");
            assertThat(builder().vllm().model("b").build().capabilities().get(0).models())
                    .containsExactly("b", "a", "c");
        }

        @Test
        void hold_at_most_64_models_each() {
            engine.models(IntStream.range(0, 130).mapToObj(i -> "m" + i).toArray(String[]::new));
            assertThat(builder().build().capabilities())
                    .extracting(capability -> capability.models().size())
                    .containsExactly(64, 64, 2);
        }

        @Test
        void skip_names_that_nobody_could_ask_for() {
            engine.json(
                    "/v1/models",
                    200,
                    "{'data':[{'id':''},{'id':7},{},'x',{'id':'" + "x".repeat(200) + "'},{'id':'ok'},{'id':'ok'}]}");
            assertThat(builder().build().capabilities().get(0).models()).containsExactly("ok");
        }

        @Test
        void are_none_when_the_engine_has_no_model() {
            engine.models();
            assertThat(builder().vllm().build().capabilities()).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(ints = {404, 405, 501})
        void have_no_models_when_the_engine_cannot_list_them(int status) throws Exception {
            engine.json("/v1/models", status, "{}");
            OpenAiDialectBackend backend =
                    builder().vllm().intents(Intent.LLM_CHAT).build();
            assertThat(backend.capabilities()).singleElement().satisfies(capability -> {
                assertThat(capability.models()).isEmpty();
                assertThat(capability.streams()).isTrue();
            });
            assertThat(asked(backend, Intent.LLM_CHAT, ",'model':'any'")).isEqualTo("any");
            assertThat(asked(backend, Intent.LLM_CHAT, "")).isEqualTo(ErrorCode.VALIDATION_ERROR.slug());
            assertThat(builder()
                            .vllm()
                            .models("x")
                            .build()
                            .capabilities()
                            .get(0)
                            .models())
                    .containsExactly("x");
        }

        @ParameterizedTest
        @CsvSource({"401, API key", "403, API key", "500, 500", "302, 302"})
        void cannot_be_told_when_the_engine_refuses(int status, String reason) {
            engine.json("/v1/models", status, "{'error':'private'}");
            OpenAiDialectBackend backend = builder().vllm().build();
            assertThatExceptionOfType(BackendException.class)
                    .isThrownBy(backend::capabilities)
                    .withMessageContaining(reason)
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("private", "127.0.0.1"));
        }

        @Test
        void cannot_be_told_by_a_web_site() {
            engine.on("/v1/models", (request, wire) -> wire.answer(200, "Content-Type: text/html\r\n", "<html>"));
            assertThatExceptionOfType(BackendException.class)
                    .isThrownBy(() -> builder().vllm().build().capabilities())
                    .withMessageContaining("no server of the configured kind");
        }

        @Test
        void cannot_be_told_by_an_engine_that_hangs() {
            engine.on("/v1/models", (request, wire) -> wire.hang());
            assertThatExceptionOfType(BackendException.class)
                    .isThrownBy(() -> builder()
                            .vllm()
                            .probeTimeout(Duration.ofMillis(200))
                            .build()
                            .capabilities())
                    .withMessageContaining("in time");
        }
    }

    @Nested
    class The_model_of_a_request {

        @Test
        void is_the_one_it_names() throws Exception {
            engine.models("a", "b");
            assertThat(asked(builder().vllm().build(), Intent.LLM_CHAT, ",'model':'b'"))
                    .isEqualTo("b");
        }

        @Test
        void may_leave_out_latest() throws Exception {
            ollama("{'name':'llama3:latest','digest':'1'},{'name':'llama3:8b','digest':'1'}");
            OpenAiDialectBackend backend = builder().ollama().build();
            assertThat(asked(backend, Intent.LLM_CHAT, ",'model':'llama3'")).isEqualTo("llama3:latest");
            assertThat(asked(backend, Intent.LLM_CHAT, ",'model':'llama3:8b'")).isEqualTo("llama3:8b");
        }

        @Test
        void is_the_constraints_or_the_preferred_or_the_only_one() throws Exception {
            engine.models("a", "b", "x-embed");
            OpenAiDialectBackend preferring = builder().vllm().model("b").build();
            assertThat(asked(preferring, Intent.LLM_CHAT, "")).isEqualTo("b");
            assertThat(asked(preferring, Intent.LLM_COMPLETION, "")).isEqualTo("b");
            assertThat(asked(preferring, Intent.LLM_EMBEDDING, "")).isEqualTo("x-embed");
            Object result = preferring.handle(RecordingContext.buffered(Intent.LLM_CHAT, "{'messages':[1]}")
                    .withModelConstraint("a"));
            assertThat(JsonObject.parse(Json.bytes(result), JsonLimits.DEFAULT).string("model"))
                    .isEqualTo("a");
        }

        @Test
        void must_be_named_when_there_is_a_choice() {
            engine.models("a", "b");
            OpenAiDialectBackend backend = builder().vllm().build();
            assertThatThrownBy(() -> backend.handle(RecordingContext.buffered(Intent.LLM_CHAT, "{'messages':[1]}")))
                    .isInstanceOfSatisfying(
                            IicpException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.VALIDATION_ERROR.slug()))
                    .hasMessageContaining("\"a\", \"b\"");
        }

        @Test
        void must_be_served() {
            engine.models(IntStream.range(0, 20).mapToObj(i -> "m" + i).toArray(String[]::new));
            OpenAiDialectBackend backend = builder().vllm().build();
            IicpException failure = catchThrowableOfType(
                    IicpException.class,
                    () -> backend.handle(
                            RecordingContext.buffered(Intent.LLM_CHAT, "{'messages':[1],'model':'gpt-4'}")));
            assertThat(failure.code()).isEqualTo(ErrorCode.MODEL_NOT_FOUND.slug());
            assertThat(failure.httpStatus()).isEqualTo(404);
            assertThat(failure).hasMessageContaining("\"gpt-4\"").hasMessageEndingWith("\"m7\" and 12 more");
        }

        @Test
        void must_serve_the_intent() throws Exception {
            engine.models("a", "x-embed");
            OpenAiDialectBackend backend = builder().vllm().build();
            assertThat(asked(backend, Intent.LLM_CHAT, ",'model':'x-embed'"))
                    .isEqualTo(ErrorCode.MODEL_NOT_FOUND.slug());
            assertThat(asked(backend, Intent.LLM_EMBEDDING, ",'model':'a'"))
                    .isEqualTo(ErrorCode.MODEL_NOT_FOUND.slug());
            OpenAiDialectBackend chatOnly =
                    builder().vllm().intents(Intent.LLM_CHAT).build();
            assertThat(asked(chatOnly, Intent.LLM_COMPLETION, ",'model':'a'"))
                    .isEqualTo(ErrorCode.UNKNOWN_INTENT.slug());
        }

        @Test
        void is_found_when_it_was_loaded_later_but_the_engine_is_not_asked_all_the_time() throws Exception {
            engine.models("a");
            OpenAiDialectBackend backend = builder().vllm().build();
            assertThat(asked(backend, Intent.LLM_CHAT, ",'model':'new'")).isEqualTo(ErrorCode.MODEL_NOT_FOUND.slug());
            engine.models("a", "new");
            assertThat(asked(backend, Intent.LLM_CHAT, ",'model':'new'")).isEqualTo(ErrorCode.MODEL_NOT_FOUND.slug());
            assertThat(engine.requests("/v1/models")).hasSize(1);

            nanos.addAndGet(Duration.ofSeconds(11).toNanos());

            assertThat(asked(backend, Intent.LLM_CHAT, ",'model':'new'")).isEqualTo("new");
            assertThat(engine.requests("/v1/models")).hasSize(2);
        }

        @Test
        void is_believed_while_the_engine_does_not_list_its_models() throws Exception {
            engine.json("/v1/models", 500, "{}");
            assertThat(asked(builder().vllm().models("a").build(), Intent.LLM_CHAT, ""))
                    .isEqualTo("a");
            assertThat(asked(builder().vllm().build(), Intent.LLM_CHAT, ",'model':'a'"))
                    .isEqualTo(ErrorCode.BACKEND_ERROR.slug());
        }
    }

    @Nested
    class The_state {

        private State state(OpenAiDialectBackend.Builder builder) {
            OpenAiDialectBackend backend = builder.build();
            try {
                backend.capabilities();
            } catch (IicpException e) {
                // The state is to be told without that.
            }
            return backend.state();
        }

        @ParameterizedTest
        @CsvSource({"200, OK", "503, UNAVAILABLE", "500, UNAVAILABLE"})
        void of_llama_cpp_and_vllm_is_on_their_health_page(int status, State expected) {
            engine.models("m").json("/health", status, "{}");
            assertThat(state(builder().llamaCpp())).isEqualTo(expected);
            assertThat(state(builder().vllm())).isEqualTo(expected);
        }

        @ParameterizedTest
        @CsvSource({"200, OK", "404, OK", "401, UNAVAILABLE", "500, UNAVAILABLE"})
        void of_others_is_whether_they_list_models(int status, State expected) {
            engine.json("/v1/models", status, "{'data':[]}");
            assertThat(state(builder())).isEqualTo(expected);
            assertThat(state(builder().vllm())).as("without a health page").isEqualTo(expected);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '#',
                value = {
                    "200 | {'models':[{'name':'llama3:latest'}]} | OK",
                    "200 | {'models':[{'name':'other'}]} | DEGRADED",
                    "200 | {'models':null} | DEGRADED",
                    "200 | [] | DEGRADED",
                    "500 | {} | UNAVAILABLE",
                })
        void of_ollama_is_degraded_while_the_preferred_model_is_cold(int status, String body, State expected) {
            ollama("{'name':'llama3:8b','digest':'1'}");
            engine.json("/api/ps", status, body);
            assertThat(state(builder().ollama().model("llama3:8b"))).isEqualTo(expected);
        }

        @Test
        void of_ollama_without_a_preferred_model_is_fine() {
            ollama("{'name':'a','digest':'1'}");
            engine.json("/api/ps", 200, "{'models':[]}");
            assertThat(state(builder().ollama())).isEqualTo(State.OK);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '#',
                value = {
                    "{'models':[{'key':'m','loaded_instances':[{'state':'loaded'}]}]} | OK",
                    "{'models':[{'key':'m','loaded_instances':[{'id':'m'}]}]} | OK",
                    "{'models':[{'key':'m','loaded_instances':[{'state':'Loading'}]}]} | UNAVAILABLE",
                    "{'models':[{'key':'m','loaded_instances':[{'state':'oom'},{'state':'loaded'}]}]} | OK",
                    "{'models':[{'key':'m','loaded_instances':[]}]} | DEGRADED",
                    "{'models':[{'key':'other','loaded_instances':[{'state':'crashed'}]}]} | DEGRADED",
                    "nonsense | OK",
                })
        void of_lm_studio_is_that_of_the_preferred_model(String body, State expected) {
            engine.models("m").json("/api/v1/models", 200, body);
            assertThat(state(builder().lmStudio().model("m"))).isEqualTo(expected);
        }

        @Test
        void of_an_engine_that_is_gone_is_unavailable() throws Exception {
            engine.close();
            assertThat(state(builder())).isEqualTo(State.UNAVAILABLE);
            assertThat(state(builder().ollama())).isEqualTo(State.UNAVAILABLE);
            assertThat(state(builder().vllm())).isEqualTo(State.UNAVAILABLE);
            assertThat(state(builder().lmStudio())).isEqualTo(State.UNAVAILABLE);
        }
    }

    @Nested
    class Why_it_does_not_serve {

        private BackendStability stability(OpenAiDialectBackend.Builder builder) {
            OpenAiDialectBackend backend = builder.build();
            backend.capabilities();
            return backend.stability();
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '#',
                value = {
                    "503 | {'error':{'code':503,'message':'Loading model'}} | BACKEND_LOADING | 30",
                    "503 | {'error':{'code':503,'message':'no'}} | BACKEND_UNSTABLE |",
                    "500 | {} | BACKEND_UNSTABLE |",
                })
        void is_told_by_health_pages(int status, String body, BackendStability.Reason reason, @Nullable Integer wait) {
            engine.models("m").json("/health", status, body);
            assertThat(stability(builder().llamaCpp()))
                    .isEqualTo(new BackendStability(BackendStability.State.DRAINING, reason, wait, null));
        }

        @ParameterizedTest
        @CsvSource({
            "initializing, DRAINING, BACKEND_LOADING, 30",
            "crashed, DRAINING, BACKEND_UNSTABLE, 60",
            "loaded, OK, OK,",
        })
        void is_told_by_instances_of_lm_studio(
                String word, BackendStability.State state, BackendStability.Reason reason, @Nullable Integer wait) {
            engine.models("m")
                    .json(
                            "/api/v1/models",
                            200,
                            "{'models':[{'key':'m','loaded_instances':[{'state':'" + word + "'}]}]}");
            assertThat(stability(builder().lmStudio().model("m")))
                    .isEqualTo(new BackendStability(state, reason, wait, null));
        }

        @Test
        void is_that_the_model_is_cold_or_that_nobody_knows() {
            ollama("{'name':'m','digest':'1'}");
            engine.json("/api/ps", 200, "{'models':[]}");
            assertThat(stability(builder().ollama().model("m")).reason())
                    .isEqualTo(BackendStability.Reason.BACKEND_COLD);
            engine.json("/api/ps", 200, "[]");
            assertThat(stability(builder().ollama().model("m")).reason())
                    .isEqualTo(BackendStability.Reason.OBSERVER_ERROR);
        }
    }

    @Nested
    class Reports_on_models {

        private List<ModelReport> reports(OpenAiDialectBackend.Builder builder) {
            OpenAiDialectBackend backend = builder.build();
            assertThat(backend.models()).isEmpty();
            backend.capabilities();
            backend.stability();
            return backend.models();
        }

        @Test
        void of_ollama_say_what_is_loaded_with_which_context() {
            ollama("{'name':'a:latest','digest':'1'},{'name':'b:7b','digest':'2'}");
            engine.json(
                            "/api/show",
                            200,
                            "{'capabilities':['completion'],'model_info':{'general.architecture':'llama','llama.context_length':131072}}")
                    .json("/api/ps", 200, "{'models':[{'name':'b:7b','context_length':4096}]}");
            assertThat(reports(builder().ollama()))
                    .containsExactly(ModelReport.of("a:latest", false, 131072), ModelReport.of("b:7b", true, 4096));
        }

        @Test
        void of_lm_studio_say_it_too_in_both_of_its_ways() {
            engine.models("a", "b")
                    .json(
                            "/api/v1/models",
                            200,
                            "{'models':[{'type':'llm','key':'a','max_context_length':32768,'loaded_instances':[{'id':'a','config':{'context_length':8192}}],'capabilities':{'vision':true,'trained_for_tool_use':true}},{'type':'embedding','key':'b','max_context_length':2048,'loaded_instances':[]}]}");
            assertThat(reports(builder().lmStudio()))
                    .containsExactly(ModelReport.of("a", true, 8192), ModelReport.of("b", false, 2048));
            List<Capability> capabilities = builder().lmStudio().build().capabilities();
            assertThat(capabilities.get(0).inputModalities()).contains(Modality.IMAGE);
            assertThat(capabilities.get(0).features()).containsExactly("tool_calling");
            assertThat(capabilities).last().satisfies(embedding -> {
                assertThat(embedding.intent()).isEqualTo(Intent.LLM_EMBEDDING);
                assertThat(embedding.models()).containsExactly("b");
            });
            engine.json("/api/v1/models", 404, "{}")
                    .json(
                            "/api/v0/models",
                            200,
                            "{'data':[{'id':'a','type':'vlm','state':'loaded','max_context_length':32768,'loaded_context_length':4096},{'id':'b','type':'embeddings','state':'not-loaded','max_context_length':2048}]}");
            assertThat(reports(builder().lmStudio()))
                    .containsExactly(ModelReport.of("a", true, 4096), ModelReport.of("b", false, 2048));
        }

        @Test
        void of_vllm_and_llama_cpp_say_what_fits() {
            engine.json("/v1/models", 200, "{'data':[{'id':'m','max_model_len':16384,'meta':{'n_ctx_train':4096}}]}")
                    .json("/health", 200, "{}");
            assertThat(reports(builder().vllm())).containsExactly(ModelReport.of("m", true, 16384));
            assertThat(reports(builder().llamaCpp())).containsExactly(ModelReport.of("m", true, 4096));
            engine.json("/props", 200, "{'default_generation_settings':{'n_ctx':2048}}");
            assertThat(reports(builder().llamaCpp())).containsExactly(ModelReport.of("m", true, 2048));
        }

        @Test
        void of_a_llama_cpp_that_routes_say_what_is_loaded() {
            engine.json(
                    "/v1/models",
                    200,
                    "{'data':[{'id':'a','status':{'value':'loaded'}},{'id':'b','status':{'value':'unloaded'}}]}");
            assertThat(reports(builder().llamaCpp()))
                    .containsExactly(ModelReport.of("a", true, null), ModelReport.of("b", false, null));
        }

        @Test
        void of_others_say_nothing() {
            engine.models("m");
            assertThat(reports(builder())).isEmpty();
        }
    }

    @Nested
    class Models_that_are_left_out {

        @Test
        void run_elsewhere_unless_they_are_named() {
            ollama(
                    "{'name':'here','digest':'1'},{'name':'far:cloud','digest':'2','remote_host':'https://example.org'}");
            assertThat(builder().ollama().build().capabilities().get(0).models())
                    .containsExactly("here");
            assertThat(builder()
                            .ollama()
                            .models("far:cloud")
                            .build()
                            .capabilities()
                            .get(0)
                            .models())
                    .containsExactly("far:cloud");
        }

        @Test
        void are_excluded_and_not_answered_for() {
            engine.models("a", "b:latest");
            OpenAiDialectBackend backend =
                    builder().vllm().excludedModels(List.of("b")).build();
            assertThat(backend.capabilities().get(0).models()).containsExactly("a");
            assertThatExceptionOfType(IicpException.class)
                    .isThrownBy(() -> backend.handle(RecordingContext.buffered(
                            Intent.LLM_CHAT, "{'model':'b','messages':[{'role':'user','content':'x'}]}")))
                    .satisfies(failure -> assertThat(failure.code()).isEqualTo("model_not_found"));
        }
    }

    @Nested
    class An_engine_that_does_not_show_its_kind {

        @Test
        void is_known_by_its_pages() {
            engine.models("m").json("/props", 200, "{'default_generation_settings':{'n_ctx':512}}");
            OpenAiDialectBackend llamaCpp = builder().build();
            llamaCpp.capabilities();
            assertThat(llamaCpp.type()).isEqualTo("llamacpp");
            engine.json("/props", 404, "{}").json("/api/v0/models", 200, "{'data':[{'id':'m','state':'loaded'}]}");
            OpenAiDialectBackend lmStudio = builder().build();
            lmStudio.capabilities();
            assertThat(lmStudio.type()).isEqualTo("lmstudio");
        }

        @Test
        void is_looked_at_once() {
            engine.models("m");
            OpenAiDialectBackend backend = builder().build();
            backend.capabilities();
            backend.capabilities();
            assertThat(backend.type()).isEqualTo("custom");
            assertThat(engine.requests("/api/version")).hasSize(1);
            assertThat(engine.requests("/props")).hasSize(1);
        }
    }

    @Nested
    class Settings_that_cannot_work {

        @Test
        void are_refused_at_once() {
            OpenAiDialectBackend.Builder builder = OpenAiDialectBackend.builder();
            refused(() -> builder.baseUrl(URI.create("localhost")), "base URL");
            refused(() -> builder.apiKey(" "), "API key");
            refused(() -> builder.apiKey("sk\r\nX: y"), "API key");
            refused(() -> builder.header("a b", "x"), "\"a b\"");
            refused(() -> builder.header("a", "x\ny"), "\"a\"");
            refused(() -> builder.model(" "), "\" \"");
            refused(() -> builder.models("x".repeat(129)), "128");
            refused(() -> builder.intents(), "chat");
            refused(() -> builder.intents(Intent.AUDIO_SPEECH), "chat");
            refused(() -> builder.maxTokens(0), "maxTokens");
            refused(() -> builder.idle(Duration.ZERO), "idle");
            refused(() -> builder.probeTimeout(Duration.ofMillis(-1)), "probeTimeout");
            refused(() -> builder.maxResponseBytes(0), "maxResponseBytes");
            refused(() -> builder.maxEventBytes(0), "maxEventBytes");
            refused(() -> OpenAiDialectBackend.builder().model("b").models("a").build(), "\"b\"");
        }

        private void refused(Runnable setting, String reason) {
            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(setting::run)
                    .withMessageContaining(reason);
        }
    }
}
