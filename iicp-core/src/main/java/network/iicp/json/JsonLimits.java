package network.iicp.json;

/**
 * What one JSON document may cost. A document beyond a limit is refused with {@link JsonException}, before the memory
 * it asks for is spent. Immutable.
 *
 * <p>Member names are limited to {@value #MAX_NAME_LENGTH} characters whatever the settings.
 *
 * @param maxBytes longest document, in bytes of UTF-8, at least 1
 * @param maxDepth deepest nesting of arrays and objects, 1 to {@value #MAX_DEPTH}; {@code [[1]]} is 2 deep
 * @param maxStringLength longest string value, in UTF-16 characters, at least 1
 * @param maxNumberLength longest number, in characters, 1 to {@value #MAX_NUMBER_LENGTH}
 * @param maxValues most values in one document, at least 1; arrays and objects count as one each besides what they hold
 */
public record JsonLimits(int maxBytes, int maxDepth, int maxStringLength, int maxNumberLength, int maxValues) {

    /** No setting allows deeper nesting than this, for reading or writing. */
    public static final int MAX_DEPTH = 1_000;

    /** No setting allows longer numbers than this. */
    public static final int MAX_NUMBER_LENGTH = 1_000;

    /** No setting allows longer member names than this. */
    public static final int MAX_NAME_LENGTH = 1_024;

    /** 1 MiB, 64 levels, strings as long as the document, numbers of 128 characters, 200 000 values. */
    public static final JsonLimits DEFAULT = new JsonLimits(1 << 20, 64, 1 << 20, 128, 200_000);

    /** @throws IllegalArgumentException if a limit lies outside the range given above */
    public JsonLimits {
        requireInRange("maxBytes", maxBytes, Integer.MAX_VALUE);
        requireInRange("maxDepth", maxDepth, MAX_DEPTH);
        requireInRange("maxStringLength", maxStringLength, Integer.MAX_VALUE);
        requireInRange("maxNumberLength", maxNumberLength, MAX_NUMBER_LENGTH);
        requireInRange("maxValues", maxValues, Integer.MAX_VALUE);
    }

    /**
     * The same limits for documents of another size. The limit on strings stays: raise it too when one string may fill
     * such a document.
     *
     * @param newMaxBytes longest document in bytes, at least 1
     * @return new limits
     * @throws IllegalArgumentException if it lies outside its range
     */
    public JsonLimits withMaxBytes(int newMaxBytes) {
        return new JsonLimits(newMaxBytes, maxDepth, maxStringLength, maxNumberLength, maxValues);
    }

    /**
     * The same limits with another depth.
     *
     * @param newMaxDepth deepest nesting, 1 to {@value #MAX_DEPTH}
     * @return new limits
     * @throws IllegalArgumentException if it lies outside its range
     */
    public JsonLimits withMaxDepth(int newMaxDepth) {
        return new JsonLimits(maxBytes, newMaxDepth, maxStringLength, maxNumberLength, maxValues);
    }

    /**
     * The same limits with another string length.
     *
     * @param newMaxStringLength longest string in UTF-16 characters, at least 1
     * @return new limits
     * @throws IllegalArgumentException if it lies outside its range
     */
    public JsonLimits withMaxStringLength(int newMaxStringLength) {
        return new JsonLimits(maxBytes, maxDepth, newMaxStringLength, maxNumberLength, maxValues);
    }

    /**
     * The same limits with another number length.
     *
     * @param newMaxNumberLength longest number in characters, 1 to {@value #MAX_NUMBER_LENGTH}
     * @return new limits
     * @throws IllegalArgumentException if it lies outside its range
     */
    public JsonLimits withMaxNumberLength(int newMaxNumberLength) {
        return new JsonLimits(maxBytes, maxDepth, maxStringLength, newMaxNumberLength, maxValues);
    }

    /**
     * The same limits with another number of values.
     *
     * @param newMaxValues most values in one document, at least 1
     * @return new limits
     * @throws IllegalArgumentException if it lies outside its range
     */
    public JsonLimits withMaxValues(int newMaxValues) {
        return new JsonLimits(maxBytes, maxDepth, maxStringLength, maxNumberLength, newMaxValues);
    }

    private static void requireInRange(String name, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException("%s must be 1 to %d, is %d".formatted(name, max, value));
        }
    }
}
