package network.iicp.backend;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.ModelReport;
import network.iicp.protocol.TaskTimeoutException;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches an engine at work. Passes everything through and adds what only its tasks tell.
 *
 * <p><b>Stability.</b> Five failures in a row, and the engine gets no task for 30 s; then one task tries it, and its outcome
 * decides. A failure is an answer the engine owes: a connection refused or cut, an error of its own, nothing at all within
 * 10 s or more that a task had. A busy engine, a refused request and a cancelled task say nothing. A state with a
 * time that the engine itself reports (a model that loads) is kept until that time, even if a later question finds it well.
 *
 * <p><b>Speed.</b> Moving averages for each model: time to the first part of streams, and tokens in a second. Streams that
 * a slow consumer holds up do not count for the latter.
 *
 * <p>Nodes put one around every engine they serve. Thread-safe.
 */
public final class EngineMonitor implements InferenceBackend {

    private static final Logger log = LoggerFactory.getLogger(EngineMonitor.class);

    /** A task that had less time and ran out of it says nothing about its engine. */
    private static final Duration FAIR_TIME = Duration.ofSeconds(10);

    private final InferenceBackend engine;
    private final Clock clock;
    private final LongSupplier nanos;
    private final TaskOutcomes outcomes;
    private final ModelMeasures measures = new ModelMeasures();
    private volatile Probe last;

    /** What the engine said of itself, and until when that is kept. */
    private record Probe(BackendStability said, long at, Duration kept) {

        Duration left(long now) {
            Duration left = kept.minusNanos(now - at);
            return left.isNegative() ? Duration.ZERO : left;
        }
    }

    /**
     * Watches an engine.
     *
     * @param engine the engine; closed with the monitor
     * @param clock tells when a drain ends
     * @param nanos monotonic time, in nanoseconds
     */
    public EngineMonitor(InferenceBackend engine, Clock clock, LongSupplier nanos) {
        this.engine = engine;
        this.clock = clock;
        this.nanos = nanos;
        this.outcomes = new TaskOutcomes(nanos);
        this.last = new Probe(BackendStability.OK, nanos.getAsLong(), Duration.ZERO);
    }

    @Override
    public String type() {
        return engine.type();
    }

    @Override
    public List<Capability> capabilities() {
        return engine.capabilities();
    }

    /** Asks the engine how it is and returns {@link #current()}. */
    @Override
    public BackendStability stability() {
        BackendStability said = engine.stability();
        long now = nanos.getAsLong();
        Integer seconds = said.state() == BackendStability.State.DRAINING ? said.retryAfterSeconds() : null;
        if (seconds != null) {
            last = new Probe(said, now, Duration.ofSeconds(seconds));
        } else if (last.left(now).isZero()) {
            last = new Probe(said, now, Duration.ZERO);
        }
        return current();
    }

    /** Returns how the engine is, as far as the last question and the tasks since then tell. Does no I/O. */
    public BackendStability current() {
        Optional<Duration> drain = outcomes.drain();
        if (drain.isPresent() && !drain.get().isZero()) {
            return draining(BackendStability.Reason.BACKEND_UNSTABLE, drain.get());
        }
        Probe probe = last;
        Duration left = probe.left(nanos.getAsLong());
        if (!left.isZero()) {
            return draining(probe.said().reason(), left);
        }
        // A time that is up with nobody asking since: the engine may be well, or not.
        BackendStability said = probe.kept().isZero() ? probe.said() : BackendStability.UNSTABLE;
        boolean untried = drain.isPresent() && said.state() == BackendStability.State.OK;
        return untried ? BackendStability.UNSTABLE : said;
    }

    private BackendStability draining(BackendStability.Reason reason, Duration left) {
        int seconds = (int) Math.max(1, left.plusMillis(999).toSeconds());
        return new BackendStability(
                BackendStability.State.DRAINING,
                reason,
                seconds,
                clock.instant().plus(left));
    }

    /** Asks the engine how it is. */
    @Override
    public State state() {
        return switch (stability().state()) {
            case OK -> State.OK;
            case DEGRADED -> State.DEGRADED;
            case DRAINING -> State.UNAVAILABLE;
        };
    }

    /** Returns what the engine says of its models, with what was measured. */
    @Override
    public List<ModelReport> models() {
        return measures.addTo(engine.models());
    }

    @Override
    public boolean requiresKnownCallers() {
        return engine.requiresKnownCallers();
    }

    /**
     * Executes a task, and learns from it.
     *
     * @throws network.iicp.protocol.CapacityException with the time to wait, while the engine is left alone
     */
    @Override
    public Object handle(TaskContext context) throws Exception {
        Optional<Duration> refusal = outcomes.refusal();
        if (refusal.isPresent()) {
            throw BackendFaults.unavailable("the engine of this node failed and is left alone", refusal.get());
        }
        TaskMeasure measure = new TaskMeasure(context, nanos);
        boolean told = false;
        try {
            Object result = engine.handle(measure);
            told = true;
            outcomes.succeeded();
            measures.add(measure, result);
            return result;
        } catch (Exception failure) {
            told = isFailure(failure, measure);
            if (told) {
                failed();
            }
            throw failure;
        } finally {
            if (!told) {
                outcomes.undecided();
            }
        }
    }

    private void failed() {
        boolean before = outcomes.drain().isPresent();
        outcomes.failed();
        if (!before && outcomes.drain().isPresent()) {
            log.warn(
                    "the {} engine failed {} times in a row and gets no task for {} s",
                    engine.type(),
                    TaskOutcomes.FAILURES,
                    TaskOutcomes.DRAIN.toSeconds());
        }
    }

    private static boolean isFailure(Exception failure, TaskMeasure measure) {
        if (failure instanceof TaskTimeoutException || failure instanceof InterruptedException) {
            boolean ranOut = measure.deadline().expired();
            return ranOut && !measure.hasBegun() && measure.total().compareTo(FAIR_TIME) >= 0;
        }
        if (failure instanceof BackendException) {
            return !((IicpException) failure).code().equals(ErrorCode.BACKEND_REJECTED.slug());
        }
        return !(failure instanceof IicpException);
    }

    @Override
    public void close() {
        engine.close();
    }

    /** Names the engine. */
    @Override
    public String toString() {
        return "EngineMonitor[" + engine + "]";
    }
}
