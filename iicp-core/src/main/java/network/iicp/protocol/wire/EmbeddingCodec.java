package network.iicp.protocol.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.embedding.EmbeddingRequest;
import network.iicp.protocol.embedding.EmbeddingResult;
import org.jspecify.annotations.Nullable;

/** Writes embedding payloads and reads embedding results in the OpenAI dialect, vectors as numbers or as base64 floats. */
public final class EmbeddingCodec {

    private EmbeddingCodec() {}

    /** Returns the payload of an embedding task. */
    public static Map<String, Object> encode(EmbeddingRequest request) {
        Map<String, Object> json = new LinkedHashMap<>(request.extra());
        json.put("input", request.input());
        Members.put(json, "model", request.model());
        Members.put(json, "dimensions", request.dimensions());
        return json;
    }

    /**
     * Reads the result of an embedding task and puts the vectors into the order of the texts.
     *
     * @param answer the answer of the task
     * @param expected how many texts were sent
     * @return the vectors
     * @throws ProtocolViolationException if a vector is missing, repeated, empty, of another length, or holds anything but
     *     numbers
     */
    public static EmbeddingResult decodeResult(TaskResult answer, int expected) {
        Provenance provenance = answer.provenance();
        float[] @Nullable [] vectors = new float[expected][];
        int position = 0;
        for (Object element : ChatCodec.asList(ChatCodec.asMap(answer.result()).get("data"))) {
            Map<String, Object> item = ChatCodec.asMap(element);
            int index = ChatCodec.index(item, position++);
            if (index >= expected || vectors[index] != null) {
                throw WrongAnswer.of(
                        "the node answered wrongly: embedding %d is repeated or was not asked for".formatted(index),
                        provenance);
            }
            vectors[index] = vector(item.get("embedding"), index, provenance);
        }
        List<float[]> ordered = new ArrayList<>(expected);
        for (int i = 0; i < expected; i++) {
            float[] vector = vectors[i];
            if (vector == null) {
                throw WrongAnswer.of(
                        "the node answered wrongly: embedding %d of %d is missing".formatted(i, expected), provenance);
            }
            if (!ordered.isEmpty() && ordered.get(0).length != vector.length) {
                throw WrongAnswer.of(
                        "the node answered wrongly: embeddings 0 and %d have different lengths".formatted(i),
                        provenance);
            }
            ordered.add(vector);
        }
        return new EmbeddingResult(ordered, answer.model(), answer.usage(), provenance);
    }

    private static float[] vector(@Nullable Object value, int index, Provenance provenance) {
        if (value instanceof String base64) {
            return floats(base64, index, provenance);
        }
        List<?> numbers = ChatCodec.asList(value);
        float[] vector = new float[numbers.size()];
        for (int i = 0; i < vector.length; i++) {
            if (!(numbers.get(i) instanceof Number number)) {
                throw WrongAnswer.of(
                        "the node answered wrongly: embedding %d holds something that is no number".formatted(index),
                        provenance);
            }
            vector[i] = number.floatValue();
        }
        if (vector.length == 0) {
            throw WrongAnswer.of("the node answered wrongly: embedding %d is empty".formatted(index), provenance);
        }
        return vector;
    }

    private static float[] floats(String base64, int index, Provenance provenance) {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            float[] vector = new float[bytes.length / Float.BYTES];
            ByteBuffer.wrap(bytes)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(vector);
            if (vector.length > 0) {
                return vector;
            }
        } catch (IllegalArgumentException e) {
            throw WrongAnswer.of(
                    "the node answered wrongly: embedding %d is neither numbers nor base64".formatted(index),
                    provenance);
        }
        throw WrongAnswer.of("the node answered wrongly: embedding %d is empty".formatted(index), provenance);
    }
}
