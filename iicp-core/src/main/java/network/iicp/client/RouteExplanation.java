package network.iicp.client;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import network.iicp.protocol.Intent;
import org.jspecify.annotations.Nullable;

/**
 * Who would be asked, in which order, and who would not: a call without its task. Strategies of chance may order the next
 * call differently. Immutable.
 *
 * @param intent what is wanted
 * @param source where the candidates come from, such as {@code directory} or {@code cache}
 * @param age time since the directory named them
 * @param selection the strategy's name, or {@code external_ranker/<policy>/<mode>}
 * @param candidates every node that the directory named: those to ask in order, then those left out
 */
public record RouteExplanation(
        Intent intent, String source, Duration age, String selection, List<Candidate> candidates) {

    /** Checks that nothing is missing and copies the list. */
    public RouteExplanation {
        Objects.requireNonNull(intent, "intent");
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(age, "age");
        Objects.requireNonNull(selection, "selection");
        candidates = List.copyOf(candidates);
    }

    /**
     * One node.
     *
     * @param node first eight characters of its id
     * @param rank 1 for the one asked first; 0 when it is left out
     * @param reason why it is left out, or {@code last_resort} when it is only asked because all others rest; else {@code null}
     * @param score how well the directory says it fits, 0 to 1
     * @param region where it says it is, or {@code null}
     * @param load share of its slots in use as it says, 0 to 1, or {@code null}
     * @param models models it lists
     * @param breaker {@code closed}, {@code open} or {@code half_open}
     * @param inFlight calls of this client under way at it
     * @param latency how long its answers take as this client has seen, or {@code null}
     * @param errorRate share of recent calls of this client that failed by its fault, 0 to below 1
     */
    public record Candidate(
            String node,
            int rank,
            @Nullable String reason,
            double score,
            @Nullable String region,
            @Nullable Double load,
            List<String> models,
            String breaker,
            int inFlight,
            @Nullable Duration latency,
            double errorRate) {

        /** Checks that nothing required is missing and copies the models. */
        public Candidate {
            Objects.requireNonNull(node, "node");
            Objects.requireNonNull(breaker, "breaker");
            models = List.copyOf(models);
        }

        /** Returns why the node is left out; empty when it may be asked. */
        public Optional<String> leftOut() {
            return rank > 0 ? Optional.empty() : Optional.ofNullable(reason);
        }

        /** Returns one line for people. */
        @Override
        public String toString() {
            String place = rank > 0 ? rank + "." : "-";
            String seen = latency == null ? "" : ", %d ms".formatted(latency.toMillis());
            return "%s %s score %s, %d under way%s, errors %s, breaker %s%s"
                    .formatted(
                            place,
                            node,
                            number(score),
                            inFlight,
                            seen,
                            number(errorRate),
                            breaker,
                            reason == null ? "" : ", " + reason);
        }

        private static String number(double value) {
            return String.format(Locale.ROOT, "%.2f", value);
        }
    }

    /** Returns a table for people: a line for the whole, one for each candidate. */
    @Override
    public String toString() {
        StringBuilder text =
                new StringBuilder("%s by %s, from %s, %d s old".formatted(intent, selection, source, age.toSeconds()));
        candidates.forEach(candidate -> text.append(System.lineSeparator()).append(candidate));
        return text.toString();
    }
}
