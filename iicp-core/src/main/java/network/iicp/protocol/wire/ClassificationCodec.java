package network.iicp.protocol.wire;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.classification.ClassificationRequest;
import network.iicp.protocol.classification.ClassificationResult;
import network.iicp.protocol.classification.ClassificationResult.Label;
import org.jspecify.annotations.Nullable;

/** Writes classification payloads as the registry has them, and reads classifications in the forms that are usual. */
public final class ClassificationCodec {

    private static final String[] LABELS = {"labels", "categories", "results", "classes"};
    private static final String[] NAMES = {"category", "label", "name", "class"};
    private static final String[] SCORES = {"score", "confidence", "probability"};

    private ClassificationCodec() {}

    /** Returns the payload of a classification task. The model is no member of it; it goes into the constraints of the task. */
    public static Map<String, Object> encode(ClassificationRequest request) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("text", request.text());
        json.put("categories", request.categories());
        if (request.multiLabel()) {
            json.put("multi_label", true);
        }
        if (request.explain()) {
            json.put("explain", true);
        }
        return json;
    }

    /**
     * Reads the result of a classification: a list of labels, with or without scores, alone or under {@code labels},
     * {@code categories}, {@code results} or {@code classes}; or one label alone or under {@code category}, {@code label},
     * {@code name} or {@code class}. Labels that were not asked for are left out.
     *
     * @param answer the answer of the task
     * @param request what was asked
     * @return the categories that apply
     * @throws ProtocolViolationException if there is no label that was asked for, and one was demanded
     */
    public static ClassificationResult decodeResult(TaskResult answer, ClassificationRequest request) {
        Map<String, Label> found = new LinkedHashMap<>();
        boolean any = false;
        for (Object element : elements(answer.result())) {
            any = true;
            Label label = label(element, request.categories());
            if (label != null) {
                found.putIfAbsent(label.category(), label);
            }
        }
        boolean noneApplies = request.multiLabel() && !any && isList(answer.result());
        if (found.isEmpty() && !noneApplies) {
            throw WrongAnswer.of("the node answered without a category that was asked for", answer.provenance());
        }
        List<Label> labels = new ArrayList<>(found.values());
        labels.sort(Comparator.comparingDouble(label -> label.score() == null ? 0 : -label.score()));
        return new ClassificationResult(
                request.multiLabel() ? labels : labels.subList(0, 1),
                ChatCodec.asMap(answer.result()).get("explanation") instanceof String reasons ? reasons : null,
                answer.model(),
                answer.usage(),
                answer.provenance());
    }

    private static boolean isList(Object result) {
        Map<String, Object> json = ChatCodec.asMap(result);
        return result instanceof List<?>
                || List.of(LABELS).stream().anyMatch(name -> json.get(name) instanceof List<?>);
    }

    private static List<?> elements(Object result) {
        List<?> list = LooseAnswer.list(result, LABELS);
        return list.isEmpty() && !isList(result) ? List.of(result) : list;
    }

    private static @Nullable Label label(@Nullable Object element, List<String> categories) {
        String name = element instanceof String text
                ? text
                : LooseAnswer.text(ChatCodec.asMap(element), NAMES).orElse("");
        return categories.contains(name) ? new Label(name, LooseAnswer.number(ChatCodec.asMap(element), SCORES)) : null;
    }
}
