package network.iicp.backend;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.json.JsonException;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Quoted;
import network.iicp.spi.TaskContext;

/**
 * An embedding request to the demo engine.
 *
 * @param texts what to embed
 * @param dimensions length of the vectors
 * @param base64 whether vectors are written as little-endian floats in base64, else as numbers
 */
record DemoVectors(List<String> texts, int dimensions, boolean base64) {

    /**
     * Reads the options.
     *
     * @throws JsonException if one is malformed or out of range
     */
    static DemoVectors of(List<String> texts, JsonObject payload, int defaultDimensions) {
        int length = payload.optionalInt("dimensions").orElse(defaultDimensions);
        if (length < 1 || length > DemoBackend.MAX_DIMENSIONS) {
            throw payload.fault(
                    "dimensions",
                    Reason.OUT_OF_RANGE,
                    "must be 1 to %d, is %d".formatted(DemoBackend.MAX_DIMENSIONS, length));
        }
        String encoding = payload.string("encoding_format", "float");
        if (!encoding.equals("float") && !encoding.equals("base64")) {
            throw payload.fault(
                    "encoding_format", Reason.OUT_OF_RANGE, "%s is no encoding".formatted(Quoted.of(encoding)));
        }
        return new DemoVectors(texts, length, encoding.equals("base64"));
    }

    Map<String, Object> answer(TaskContext context, String model, DemoOutput.Pace pace) throws InterruptedException {
        List<Object> data = new ArrayList<>();
        int tokens = 0;
        for (String text : texts) {
            pace.next(context);
            tokens += DemoTokens.count(text);
            double[] vector = DemoEmbedding.of(text, dimensions);
            Map<String, Object> item = new LinkedHashMap<>();
            item.put("object", "embedding");
            item.put("index", data.size());
            item.put("embedding", base64 ? base64(vector) : numbers(vector));
            data.add(item);
        }
        Map<String, Object> usage = new LinkedHashMap<>();
        usage.put("prompt_tokens", tokens);
        usage.put("total_tokens", tokens);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("object", "list");
        result.put("data", data);
        result.put("model", model);
        result.put("usage", usage);
        return result;
    }

    private static List<Object> numbers(double[] vector) {
        List<Object> numbers = new ArrayList<>(vector.length);
        for (double value : vector) {
            numbers.add(value);
        }
        return numbers;
    }

    private static String base64(double[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : vector) {
            bytes.putFloat((float) value);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
