package network.iicp.directory.server;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The steps of standing: bronze, silver, gold, platinum. Source: IICP directory, reputation tiers. */
final class Trust {

    private static final double SILVER = 0.40;
    private static final double GOLD = 0.65;
    private static final double PLATINUM = 0.85;
    private static final long GOLD_TASKS = 100;
    private static final long PLATINUM_TASKS = 1000;
    private static final Duration PLATINUM_AGE = Duration.ofHours(720);

    private Trust() {}

    static String tier(NodeRecord record, Instant now) {
        double reputation = record.standing().reputation();
        long tasks = record.standing().tasks();
        if (reputation < SILVER) {
            return "bronze";
        }
        if (reputation < GOLD || tasks < GOLD_TASKS) {
            return "silver";
        }
        boolean old = !now.isBefore(record.registeredAt().plus(PLATINUM_AGE));
        return reputation >= PLATINUM && tasks >= PLATINUM_TASKS && old ? "platinum" : "gold";
    }

    static boolean isOnProbation(NodeRecord record) {
        return record.standing().tasks() < GOLD_TASKS;
    }

    static Map<String, Object> progress(NodeRecord record) {
        long tasks = record.standing().tasks();
        boolean enoughTasks = tasks >= GOLD_TASKS;
        boolean enoughReputation = record.standing().reputation() >= GOLD;
        List<Object> missing = new ArrayList<>();
        if (!enoughTasks) {
            missing.add("completed_tasks");
        }
        if (!enoughReputation) {
            missing.add("reputation_score");
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("completed_tasks", tasks);
        json.put("gold_min_tasks", GOLD_TASKS);
        json.put("platinum_min_tasks", PLATINUM_TASKS);
        json.put("tasks_until_gold", Math.max(0, GOLD_TASKS - tasks));
        json.put("tasks_until_platinum", Math.max(0, PLATINUM_TASKS - tasks));
        json.put("gold_task_threshold_met", enoughTasks);
        json.put("gold_reputation_threshold_met", enoughReputation);
        json.put("remaining_gold_requirements", missing);
        json.put("probation", isOnProbation(record));
        return json;
    }
}
