package network.iicp.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import network.iicp.json.JsonException;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Usage;
import network.iicp.spi.TaskContext;

/**
 * An embedding request to the demo engine.
 *
 * @param texts what to embed
 * @param dimensions length of the vectors
 * @param format how vectors are written
 */
record DemoVectors(List<String> texts, int dimensions, VectorFormat format) {

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
        return new DemoVectors(texts, length, VectorFormat.of(payload));
    }

    Map<String, Object> answer(TaskContext context, String model, DemoOutput.Pace pace) throws InterruptedException {
        List<float[]> vectors = new ArrayList<>();
        int tokens = 0;
        for (String text : texts) {
            pace.next(context);
            tokens += DemoTokens.count(text);
            vectors.add(floats(DemoEmbedding.of(text, dimensions)));
        }
        return format.result(vectors, model, new Usage(tokens, null, tokens));
    }

    private static float[] floats(double[] vector) {
        float[] floats = new float[vector.length];
        for (int i = 0; i < vector.length; i++) {
            floats[i] = (float) vector[i];
        }
        return floats;
    }
}
