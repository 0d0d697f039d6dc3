package network.iicp.backend;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.protocol.ModelName;
import network.iicp.protocol.ModelReport;
import network.iicp.protocol.wire.UsageCodec;
import org.jspecify.annotations.Nullable;

/** Moving averages of how fast models answer, from tasks that were answered. Thread-safe. */
final class ModelMeasures {

    /** Most models that are kept; the one that was asked for longest ago goes. */
    private static final int MOST_MODELS = 64;

    /** Weight of the newest task. */
    private static final double NEWEST = 0.3;

    /** Answers with fewer tokens say little about speed. */
    private static final int LEAST_TOKENS = 8;

    /** A consumer that holds its stream up for more than this share of the time makes the speed unknowable. */
    private static final double MOST_HELD_UP = 0.1;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Averages> byModel = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Averages> eldest) {
            return size() > MOST_MODELS;
        }
    };

    /** The averages of one model. */
    private static final class Averages {
        private @Nullable Double streamed;
        private @Nullable Double whole;
        private @Nullable Double firstMillis;
        private int tasks;
    }

    /** Takes an answered task into account. */
    void add(TaskMeasure measure, Object result) {
        Optional<String> model = model(measure, result);
        if (model.isEmpty()) {
            return;
        }
        Integer counted = result instanceof Map<?, ?> json
                ? UsageCodec.decode(json.get("usage")).completionTokens()
                : null;
        int tokens = counted == null ? 0 : counted;
        lock.lock();
        try {
            Averages averages = byModel.computeIfAbsent(model.get(), name -> new Averages());
            if (measure.hasBegun()) {
                averages.firstMillis = average(averages.firstMillis, millis(measure.toFirst()));
                averages.streamed = average(averages.streamed, streamed(measure, tokens));
            } else {
                averages.whole = average(averages.whole, rate(tokens, measure.total()));
            }
            averages.tasks++;
        } finally {
            lock.unlock();
        }
    }

    /** The payload's word counts, because reports are about names that callers use; engines may answer under another. */
    private static Optional<String> model(TaskMeasure measure, Object result) {
        Object asked = measure.task().payload().get("model");
        if (asked == null) {
            asked = measure.task().constraints().model();
        }
        if (asked == null && result instanceof Map<?, ?> json) {
            asked = json.get("model");
        }
        return asked instanceof String name && ModelNames.isUsable(name) ? Optional.of(name) : Optional.empty();
    }

    private static @Nullable Double streamed(TaskMeasure measure, int tokens) {
        Duration generating = measure.total().minus(measure.toFirst());
        boolean heldUp = measure.heldUp().toNanos() > MOST_HELD_UP * generating.toNanos();
        return heldUp ? null : rate(tokens, generating);
    }

    private static @Nullable Double rate(int tokens, Duration time) {
        return tokens < LEAST_TOKENS || time.isZero() ? null : tokens * 1e9 / time.toNanos();
    }

    private static double millis(Duration time) {
        return time.toNanos() / 1e6;
    }

    private static @Nullable Double average(@Nullable Double before, @Nullable Double now) {
        if (before == null || now == null) {
            return now == null ? before : now;
        }
        return before + NEWEST * (now - before);
    }

    /** Returns reports with what was measured, and reports of measured models that have none. */
    List<ModelReport> addTo(List<ModelReport> reports) {
        lock.lock();
        try {
            Map<String, Averages> left = new LinkedHashMap<>(byModel);
            List<ModelReport> all = new ArrayList<>();
            for (ModelReport report : reports) {
                Optional<String> name = ModelName.find(report.model(), left.keySet());
                Averages averages = name.isPresent() ? left.remove(name.get()) : null;
                all.add(averages == null ? report : measured(report, averages));
            }
            left.forEach((name, averages) -> all.add(measured(ModelReport.of(name, null, null), averages)));
            return all;
        } finally {
            lock.unlock();
        }
    }

    private static ModelReport measured(ModelReport report, Averages averages) {
        Double rate = averages.streamed == null ? averages.whole : averages.streamed;
        return report.measured(rate, averages.firstMillis, averages.tasks);
    }
}
