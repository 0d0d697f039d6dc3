package network.iicp.backend;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import network.iicp.json.JsonException;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.Usage;
import network.iicp.protocol.wire.UsageCodec;

/** How vectors are written in results of the OpenAI dialect. */
enum VectorFormat {
    /** As numbers. */
    NUMBERS,
    /** As little-endian floats in base64. */
    BASE64;

    /**
     * Reads {@code encoding_format}.
     *
     * @throws JsonException if it is neither {@code float} nor {@code base64}
     */
    static VectorFormat of(JsonObject payload) {
        String encoding = payload.string("encoding_format", "float");
        return switch (encoding) {
            case "float" -> NUMBERS;
            case "base64" -> BASE64;
            default ->
                throw payload.fault(
                        "encoding_format", Reason.OUT_OF_RANGE, "%s is no encoding".formatted(Quoted.of(encoding)));
        };
    }

    /** Returns the result of an embedding task. */
    Map<String, Object> result(List<float[]> vectors, String model, Usage usage) {
        List<Object> data = new ArrayList<>();
        for (float[] vector : vectors) {
            data.add(Ordered.of(
                    "object",
                    "embedding",
                    "index",
                    data.size(),
                    "embedding",
                    this == BASE64 ? base64(vector) : numbers(vector)));
        }
        Map<String, Object> result = Ordered.of("object", "list", "data", data, "model", model);
        Map<String, Object> counts = UsageCodec.encode(usage);
        if (!counts.isEmpty()) {
            result.put("usage", counts);
        }
        return result;
    }

    private static List<Object> numbers(float[] vector) {
        List<Object> numbers = new ArrayList<>(vector.length);
        for (float value : vector) {
            // The shortest decimal that is this float, not the longer one that is the same double.
            numbers.add(Double.parseDouble(Float.toString(value)));
        }
        return numbers;
    }

    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : vector) {
            bytes.putFloat(value);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
