package network.iicp.client;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import network.iicp.crypto.ConfidentialSession;
import network.iicp.crypto.ConfidentialityKeyPair;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.Intent;
import network.iicp.protocol.lifecycle.LifecycleEvent;
import network.iicp.protocol.lifecycle.LifecycleEvent.Type;
import network.iicp.protocol.wire.LifecycleCodec;
import network.iicp.protocol.wire.LifecyclePaths;
import network.iicp.protocol.wire.TaskCodec;
import network.iicp.protocol.wire.TaskEnvelope;
import network.iicp.protocol.wire.TaskReplyCodec;

/** A node whose behaviour a test writes: it speaks the protocol where the test does not say otherwise. */
final class FakeNode implements AutoCloseable {

    private static final SecureRandom RANDOM = new SecureRandom();

    /** What a node does with a task. */
    @FunctionalInterface
    interface Behaviour {
        void execute(Job job) throws Exception;
    }

    /** What a node does with a request that is no task. */
    @FunctionalInterface
    interface LineBehaviour {
        void answer(RawServer.Request request, RawServer.Line line) throws Exception;
    }

    private final String id;
    private final RawServer server;
    private final ConfidentialityKeyPair key = ConfidentialityKeyPair.generate(RANDOM);
    private final List<String> cancelled = new CopyOnWriteArrayList<>();
    private final List<Map<String, Object>> payloads = new CopyOnWriteArrayList<>();
    private final List<String> attached = new CopyOnWriteArrayList<>();
    private volatile LifecyclePaths paths = LifecyclePaths.DEFAULT;
    private volatile LineBehaviour attachBehaviour =
            (request, line) -> line.json(404, "{\"error\":{\"code\":\"not_found\"}}");
    private volatile Behaviour behaviour;
    private volatile LineBehaviour cancelBehaviour = (request, line) -> line.json(202, "{}");
    private boolean streams;
    private boolean keyed = true;
    private boolean advertisesPaths = true;
    private String model = "m1";
    private Map<String, Object> extensions = Map.of();

    FakeNode(String id, Behaviour behaviour) {
        this.id = id;
        this.behaviour = behaviour;
        this.server = new RawServer(this::answer);
    }

    FakeNode streaming() {
        this.streams = true;
        return this;
    }

    /** The one model it says it serves; {@code m1} unless set. */
    FakeNode offering(String name) {
        this.model = name;
        return this;
    }

    /** What its capability says beyond what the protocol names. */
    FakeNode extended(Map<String, Object> members) {
        this.extensions = members;
        return this;
    }

    FakeNode withoutKey() {
        this.keyed = false;
        return this;
    }

    FakeNode withoutAdvertisedPaths() {
        this.advertisesPaths = false;
        return this;
    }

    /** What happens to a request to attach again, after its number was noted; unless set, the task is unknown. */
    void onAttach(LineBehaviour next) {
        this.attachBehaviour = next;
    }

    /** The numbers after which events were asked for. */
    List<String> attached() {
        return attached;
    }

    FakeNode withoutAttach() {
        this.paths = new LifecyclePaths(paths.events(), paths.cancel());
        return this;
    }

    /** What happens to a request to cancel, after it was noted; unless set, it is accepted. */
    void onCancel(LineBehaviour next) {
        this.cancelBehaviour = next;
    }

    void behave(Behaviour next) {
        this.behaviour = next;
    }

    String id() {
        return id;
    }

    RawServer server() {
        return server;
    }

    List<String> cancelled() {
        return cancelled;
    }

    /** Payloads of the tasks that reached this node, opened. */
    List<Map<String, Object>> payloads() {
        return payloads;
    }

    /** The node as a directory describes it. */
    Map<String, Object> description(double score) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("node_id", id);
        json.put("endpoint", server.url());
        json.put("score", score);
        json.put("available", true);
        json.put("region", "test");
        json.put("models", List.of(model));
        if (keyed) {
            ConfidentialityKey publicKey = key.publicKey();
            json.put(
                    "cx_public_key",
                    Map.of(
                            "algorithm", publicKey.algorithm(),
                            "encoding", publicKey.encoding(),
                            "key", publicKey.key(),
                            "key_id", publicKey.keyId(),
                            "features", List.copyOf(publicKey.features())));
        }
        Map<String, Object> capability = new LinkedHashMap<>();
        capability.put("intent", Intent.LLM_CHAT.urn());
        capability.put("models", List.of(model));
        Map<String, Object> more = new LinkedHashMap<>(extensions);
        if (streams) {
            capability.put("supports_streaming", true);
            capability.put("supported_profiles", List.of(Capability.SERVICE_LIFECYCLE));
            if (advertisesPaths) {
                more.putAll(paths.toExtension());
            }
        }
        if (!more.isEmpty()) {
            capability.put("extensions", more);
        }
        json.put("capabilities", List.of(capability));
        return json;
    }

    private void answer(RawServer.Request request, RawServer.Line line) throws Exception {
        if (request.path().endsWith("/cancel")) {
            cancelled.add(request.header("x-iicp-task-secret"));
            cancelBehaviour.answer(request, line);
        } else if (request.path().contains("/events?after=")) {
            attached.add(request.path().substring(request.path().indexOf('=') + 1));
            attachBehaviour.answer(request, line);
        } else if (request.path().equals("/iicp/health")) {
            line.json(200, Json.text(Map.of("profiles", paths.toHealthProfiles())));
        } else {
            Job job = new Job(request, line);
            payloads.add(job.payload());
            behaviour.execute(job);
        }
    }

    /** One task at this node. */
    final class Job {
        private volatile RawServer.Line line;
        private final TaskEnvelope envelope;
        private final ConfidentialSession session;
        private long sequence;

        private Job(RawServer.Request request, RawServer.Line line) {
            this.line = line;
            this.envelope = TaskCodec.decode(Json.parseObject(request.body(), JsonLimits.DEFAULT));
            this.session = envelope.confidential() == null
                    ? null
                    : ConfidentialSession.open(
                            List.of(key), envelope.taskId(), envelope.intent(), envelope.confidential());
        }

        RawServer.Line line() {
            return line;
        }

        String taskId() {
            return envelope.taskId();
        }

        Map<String, Object> cip() {
            return envelope.cip();
        }

        Map<String, Object> payload() {
            return session == null ? envelope.payload() : Json.parseObject(session.payload(), JsonLimits.DEFAULT);
        }

        /** Answers with one chat message. */
        void say(String text) throws Exception {
            reply(TaskReplyCodec.success(
                    taskId(),
                    Map.of(
                            "model",
                            "m1",
                            "choices",
                            List.of(Map.of(
                                    "index",
                                    0,
                                    "message",
                                    Map.of("role", "assistant", "content", text),
                                    "finish_reason",
                                    "stop")),
                            "usage",
                            Map.of("prompt_tokens", 1, "completion_tokens", 2, "total_tokens", 3)),
                    network.iicp.protocol.Usage.of(1, 2),
                    "m1",
                    Map.of("latency_ms", 1)));
        }

        /** Answers with a body, sealed if the task was. */
        void reply(Map<String, Object> body) throws Exception {
            Map<String, Object> sent = session == null
                    ? body
                    : TaskReplyCodec.encrypted(taskId(), session.sealResponse(Json.bytes(body), RANDOM));
            line.json(200, Json.text(sent));
        }

        Job accept() throws Exception {
            line.startEvents();
            return event(Type.ACCEPTED, Map.of());
        }

        Job delta(String text) throws Exception {
            return event(Type.PARTIAL, delta(Map.of("content", text)));
        }

        void end() throws Exception {
            event(Type.COMPLETED, lastChunk());
            line.close();
        }

        Job event(Type type, Map<String, Object> result) throws Exception {
            LifecycleEvent event = new LifecycleEvent(
                    taskId(), sequence++, type, type == Type.ACCEPTED ? null : result, null, Map.of());
            line.write(frame(event.sequence(), type.wireName(), Json.text(encoded(event))));
            return this;
        }

        /** The bytes of the first event, without sending them. */
        String acceptFrame() {
            return frame(Type.ACCEPTED, null);
        }

        /** The bytes of a delta, without sending them. */
        String deltaFrame(String text) {
            return frame(Type.PARTIAL, delta(Map.of("content", text)));
        }

        /** The bytes of the end, without sending them. */
        String endFrame() {
            return frame(Type.COMPLETED, lastChunk());
        }

        private String frame(Type type, Map<String, Object> result) {
            LifecycleEvent event = new LifecycleEvent(taskId(), sequence++, type, result, null, Map.of());
            return frame(event.sequence(), type.wireName(), Json.text(encoded(event)));
        }

        private static String frame(long number, String name, String data) {
            return "id: " + number + "\nevent: " + name + "\ndata: " + data + "\n\n";
        }

        private static Map<String, Object> delta(Map<String, Object> members) {
            return Map.of("model", "m1", "choices", List.of(Map.of("index", 0, "delta", members)));
        }

        private static Map<String, Object> lastChunk() {
            return Map.of(
                    "choices",
                    List.of(Map.of("index", 0, "delta", Map.of(), "finish_reason", "stop")),
                    "usage",
                    Map.of("prompt_tokens", 1, "completion_tokens", 2));
        }

        Job failure(Map<String, Object> error) throws Exception {
            Map<String, Object> body = Map.of("error", error);
            LifecycleEvent event = new LifecycleEvent(taskId(), sequence++, Type.FAILED, null, null, Map.of());
            Map<String, Object> json = new LinkedHashMap<>(LifecycleCodec.encode(event));
            if (session == null) {
                json.putAll(body);
            } else {
                json.put("iicp_conf_resp", session.sealEvent(event.sequence(), "failed", Json.bytes(body), RANDOM));
            }
            return raw(event.sequence(), "failed", Json.text(json));
        }

        /** Goes on over another line, as after an attachment. */
        Job over(RawServer.Line next) throws Exception {
            line = next;
            line.startEvents();
            return this;
        }

        Job skipOne() {
            sequence++;
            return this;
        }

        Job raw(long number, String name, String data) throws Exception {
            line.write(frame(number, name, data));
            return this;
        }

        private Map<String, Object> encoded(LifecycleEvent event) {
            if (session == null || event.type() == Type.ACCEPTED) {
                return LifecycleCodec.encode(event);
            }
            byte[] body = Json.bytes(LifecycleCodec.body(event));
            return LifecycleCodec.encodeSealed(
                    event, session.sealEvent(event.sequence(), event.type().wireName(), body, RANDOM));
        }
    }

    @Override
    public void close() {
        server.close();
    }

    static List<Map<String, Object>> describe(List<FakeNode> nodes) {
        List<Map<String, Object>> all = new ArrayList<>();
        for (FakeNode node : nodes) {
            all.add(node.description(0.9 - 0.01 * all.size()));
        }
        return all;
    }
}
