package network.iicp.backend;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Turns texts into vectors without a model. Each word, and each run of three letters in it, stands for a fixed direction
 * that a hash of it gives; a text is the sum of its different words' directions, brought to length 1; words of up to three letters weigh half. Equal texts give equal
 * vectors, and the more words or word parts two texts share, the closer their vectors are; meaning plays no part. Case,
 * accents in decomposed form and punctuation make no difference. Only the first {@value #LONGEST_TEXT} characters of a text
 * count.
 */
final class DemoEmbedding {

    static final int LONGEST_TEXT = 32_768;

    /** Share of a run of three letters, measured against a whole word. */
    private static final double PART_WEIGHT = 0.3;

    /** Share of a word of up to three letters: most of those say little about a text. */
    private static final double SHORT_WORD_WEIGHT = 0.5;

    private static final int PART_LENGTH = 3;

    /** Values are cut to this many decimal places, so that vectors stay short in JSON. */
    private static final double PRECISION = 1e7;

    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}\\p{M}]+");

    private DemoEmbedding() {}

    /**
     * Returns the vector of a text.
     *
     * @param text any text; one without letters and digits stands for itself as a whole
     * @param dimensions length of the vector, at least 1
     */
    static double[] of(String text, int dimensions) {
        double[] sum = new double[dimensions];
        String counted = text.substring(0, Math.min(LONGEST_TEXT, text.length()));
        features(counted).forEach((feature, weight) -> add(sum, feature, weight));
        if (!toUnit(sum)) {
            add(sum, "text:" + counted, 1);
            toUnit(sum);
        }
        for (int i = 0; i < dimensions; i++) {
            sum[i] = Math.rint(sum[i] * PRECISION) / PRECISION;
        }
        return sum;
    }

    /** Returns the words and parts of words in the text, each once. */
    private static Map<String, Double> features(String text) {
        Map<String, Double> features = new LinkedHashMap<>();
        String plain = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        for (String word : BETWEEN_WORDS.split(plain, -1)) {
            if (word.isEmpty()) {
                continue;
            }
            features.put("word:" + word, word.length() <= PART_LENGTH ? SHORT_WORD_WEIGHT : 1);
            String framed = "<" + word + ">";
            for (int i = 0; i + PART_LENGTH <= framed.length(); i++) {
                features.put("part:" + framed.substring(i, i + PART_LENGTH), PART_WEIGHT);
            }
        }
        return features;
    }

    private static void add(double[] sum, String feature, double weight) {
        long state = hash(feature);
        for (int i = 0; i < sum.length; i++) {
            state += 0x9E3779B97F4A7C15L;
            // The upper 53 bits as a fraction between -1 and 1.
            sum[i] += weight * ((mixed(state) >> 11) * 0x1.0p-52);
        }
    }

    /** FNV-1a over UTF-8, so that the vectors are the same on every machine. */
    private static long hash(String feature) {
        long hash = 0xCBF29CE484222325L;
        for (byte b : feature.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
        }
        return hash;
    }

    /** The finalizer of SplitMix64. */
    private static long mixed(long state) {
        long z = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private static boolean toUnit(double[] vector) {
        double squares = 0;
        for (double value : vector) {
            squares += value * value;
        }
        if (squares < 1e-12) {
            return false;
        }
        double length = Math.sqrt(squares);
        for (int i = 0; i < vector.length; i++) {
            vector[i] /= length;
        }
        return true;
    }
}
