package network.iicp.client;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What makes a task one of several for the same question. Readers look for it in either place, so it is said in both.
 * Source: IICP core, cooperative inference, sub-task.
 *
 * @param parentTaskId the caller's task
 * @param sessionKey what binds answers to this call
 * @param traceId trace id of the call
 */
record SubTask(String parentTaskId, String sessionKey, String traceId) {

    Map<String, Object> cip() {
        return members("cip_role", "worker");
    }

    Map<String, Object> trace() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("trace_id", traceId);
        json.putAll(members("cip_role", "coordinator"));
        return json;
    }

    private Map<String, Object> members(String name, String value) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(name, value);
        json.put("cip_session_key", sessionKey);
        json.put("cip_parent_task_id", parentTaskId);
        return json;
    }

    /** Leaves the session key out. */
    @Override
    public String toString() {
        return "SubTask[of " + parentTaskId + "]";
    }
}
