package network.iicp.directory.server;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps nodes in memory, up to a bound. What it holds is lost when the process ends; nodes register again by themselves.
 * Thread-safe; every operation is short and holds one lock.
 */
public final class InMemoryNodeStore implements NodeStore {

    /** Nodes kept unless another bound is given. */
    public static final int DEFAULT_CAPACITY = 10_000;

    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final NavigableMap<String, NodeRecord> byId = new TreeMap<>();
    private final Map<String, String> idByToken = new HashMap<>();
    private final Map<String, NavigableMap<String, NodeRecord>> byIntent = new HashMap<>();

    /** Creates an empty store for {@value #DEFAULT_CAPACITY} nodes. */
    public InMemoryNodeStore() {
        this(DEFAULT_CAPACITY);
    }

    /**
     * Creates an empty store.
     *
     * @param capacity most nodes, at least 1
     * @throws IllegalArgumentException if the capacity is below 1
     */
    public InMemoryNodeStore(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be at least 1, was " + capacity);
        }
        this.capacity = capacity;
    }

    @Override
    public Optional<NodeRecord> find(String id) {
        lock.lock();
        try {
            return Optional.ofNullable(byId.get(id));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<NodeRecord> findByToken(String tokenSha256) {
        lock.lock();
        try {
            String id = idByToken.get(tokenSha256);
            return id == null ? Optional.empty() : Optional.ofNullable(byId.get(id));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<NodeRecord> findByPrefix(String prefix, int most) {
        lock.lock();
        try {
            List<NodeRecord> found = new ArrayList<>();
            for (NodeRecord record : byId.tailMap(prefix, true).values()) {
                if (found.size() == most || !record.id().startsWith(prefix)) {
                    break;
                }
                found.add(record);
            }
            return found;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<NodeRecord> serving(String intent) {
        lock.lock();
        try {
            NavigableMap<String, NodeRecord> serving = byIntent.get(intent);
            return serving == null ? List.of() : new ArrayList<>(serving.values());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<NodeRecord> all() {
        lock.lock();
        try {
            return new ArrayList<>(byId.values());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int count() {
        lock.lock();
        try {
            return byId.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int countFrom(String sourceAddress, Instant since) {
        lock.lock();
        try {
            int count = 0;
            for (NodeRecord record : byId.values()) {
                NodePresence presence = record.presence();
                if (presence.sourceAddress().equals(sourceAddress)
                        && !presence.lastSeen().isBefore(since)) {
                    count++;
                }
            }
            return count;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Insertion insert(NodeRecord record) {
        lock.lock();
        try {
            if (byId.containsKey(record.id())) {
                return Insertion.EXISTS;
            }
            if (byId.size() >= capacity) {
                return Insertion.FULL;
            }
            put(record);
            return Insertion.DONE;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean replace(NodeRecord current, NodeRecord next) {
        if (!current.id().equals(next.id()) || next.revision() <= current.revision()) {
            throw new IllegalArgumentException("a record is replaced by a later one of the same node");
        }
        lock.lock();
        try {
            if (!isStored(current)) {
                return false;
            }
            drop(current);
            put(next);
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean remove(NodeRecord current) {
        lock.lock();
        try {
            if (!isStored(current)) {
                return false;
            }
            drop(current);
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int removeSilentSince(Instant since) {
        lock.lock();
        try {
            List<NodeRecord> silent = byId.values().stream()
                    .filter(record -> record.presence().lastSeen().isBefore(since))
                    .toList();
            silent.forEach(this::drop);
            return silent.size();
        } finally {
            lock.unlock();
        }
    }

    private boolean isStored(NodeRecord record) {
        NodeRecord stored = byId.get(record.id());
        return stored != null && stored.revision() == record.revision();
    }

    private void put(NodeRecord record) {
        byId.put(record.id(), record);
        idByToken.put(record.credentials().tokenSha256(), record.id());
        for (String intent : record.profile().intents()) {
            byIntent.computeIfAbsent(intent, i -> new TreeMap<>()).put(record.id(), record);
        }
    }

    /** Takes the stored record out of every index; the caller's copy may be an equal one. */
    private void drop(NodeRecord record) {
        NodeRecord stored = byId.remove(record.id());
        if (stored == null) {
            return;
        }
        idByToken.remove(stored.credentials().tokenSha256());
        for (String intent : stored.profile().intents()) {
            NavigableMap<String, NodeRecord> serving = byIntent.get(intent);
            if (serving != null) {
                serving.remove(stored.id());
                if (serving.isEmpty()) {
                    byIntent.remove(intent);
                }
            }
        }
    }
}
