package network.iicp.spring.boot;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.IicpNode;
import network.iicp.backend.DemoBackend;
import network.iicp.backend.EngineBuilder;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Quoted;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskHandler;
import org.springframework.beans.factory.ListableBeanFactory;

/**
 * What the node serves: the engine of the properties, the {@link InferenceBackend} beans, the {@link TaskHandler}
 * beans, with {@code iicp.node.serve=beans} the model beans, and when there is none of them the Ollama on this machine.
 */
final class NodeOffers {

    private final ListableBeanFactory beans;
    private final IicpNodeProperties properties;

    NodeOffers(ListableBeanFactory beans, IicpNodeProperties properties) {
        this.beans = beans;
        this.properties = properties;
    }

    /** Adds everything to a node. Engines of the properties are new ones, since a node closes what it is given. */
    void addTo(IicpNode.Builder node) {
        List<InferenceBackend> engines =
                beans.getBeanProvider(InferenceBackend.class).orderedStream().toList();
        engines.forEach(engine -> node.backend(new BorrowedBackend(engine)));
        Map<String, TaskHandler> handlers = new LinkedHashMap<>(beans.getBeansOfType(TaskHandler.class));
        handlers.values().removeIf(InferenceBackend.class::isInstance);
        handlers.forEach((name, handler) -> addHandler(node, name, handler));
        boolean models = properties.serve() == NodeServing.BEANS;
        if (models) {
            addModels(node);
        }
        boolean fromProperties = properties.backend().isSet() || (!models && engines.isEmpty() && handlers.isEmpty());
        if (fromProperties) {
            node.backend(configured());
        }
        if (fromProperties || models || !engines.isEmpty()) {
            properties.model().forEach(node::model);
        }
    }

    private void addModels(IicpNode.Builder node) {
        List<InferenceBackend> served = beans.getBeanProvider(ServedModelBeans.class)
                .orderedStream()
                .flatMap(models -> models.engine(properties.inputModalities()).stream())
                .toList();
        if (served.isEmpty()) {
            throw invalid("iicp.node.serve is \"beans\", and this application has no model beans of Spring AI or"
                    + " LangChain4j that do not ask the mesh themselves");
        }
        served.forEach(node::backend);
    }

    private void addHandler(IicpNode.Builder node, String name, TaskHandler handler) {
        IicpHandler served = beans.findAnnotationOnBean(name, IicpHandler.class);
        if (served == null || served.value().length == 0) {
            throw invalid(
                    ("the TaskHandler bean %s does not say which intents it serves; put @IicpHandler(\"urn:iicp:intent:...\")"
                                    + " on its class or @Bean method")
                            .formatted(Quoted.of(name)));
        }
        for (String urn : served.value()) {
            Capability capability = Capability.of(intent(name, urn), Arrays.asList(served.models()));
            node.handler(served.streaming() ? capability.withStreaming() : capability, handler);
        }
    }

    private static Intent intent(String name, String urn) {
        try {
            return Intent.parse(urn);
        } catch (RuntimeException e) {
            throw invalid("the TaskHandler bean %s serves %s, which is no intent: %s"
                    .formatted(Quoted.of(name), Quoted.of(urn), e.getMessage()));
        }
    }

    private InferenceBackend configured() {
        IicpNodeProperties.Backend backend = properties.backend();
        BackendType type = backend.type() == null ? BackendType.OPENAI_COMPAT : backend.type();
        if (type == BackendType.DEMO) {
            return properties.model().isEmpty()
                    ? DemoBackend.create()
                    : DemoBackend.builder().models(properties.model()).build();
        }
        EngineBuilder<?> engine = EngineBuilder.ofType(type.name()).idle(backend.idleTimeout());
        if (backend.url() != null) {
            engine.baseUrl(backend.url());
        }
        String key = backend.apiKey();
        if (key != null && !key.isBlank()) {
            engine.apiKey(key);
        }
        backend.headers().forEach(engine::header);
        return engine.build();
    }

    private static ConfigurationException invalid(String message) {
        return new ConfigurationException(IicpError.of(ErrorCode.INVALID_CONFIG, ErrorComponent.NODE, message));
    }
}
