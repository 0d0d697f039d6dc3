package network.iicp.architecture;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The layers of {@code docs/architecture.md} as data. A part is one row's package with its sub-packages, less those that have a row of
 * their own: {@code directory} is not {@code directory.server}. A part may use parts of lower layers only.
 */
final class LayerTable {

    /** The front door: exactly the root package. */
    private static final String FRONT_DOOR = "";

    private static final Map<String, Integer> LAYERS = layers();

    /** Where a part is held to less than the layers below it. */
    private static final Map<String, Set<String>> ONLY =
            Map.of("json", Set.of(), "iacp", Set.of("json", "crypto", "transport"));

    private static final Map<String, Set<String>> NEVER = Map.of("directory.server", Set.of("client"));

    private final String root;

    /** @param root package that the names of the table are below */
    LayerTable(String root) {
        this.root = root;
    }

    private static Map<String, Integer> layers() {
        Map<String, Integer> layers = new LinkedHashMap<>();
        add(layers, 0, "protocol", "json");
        add(layers, 1, "protocol.wire", "spi", "crypto");
        add(layers, 2, "transport", "metrics");
        add(layers, 3, "identity", "directory");
        add(layers, 4, "client", "reachability", "backend");
        add(layers, 5, "directory.server", "relay");
        add(layers, 6, "node", "iacp");
        add(layers, 7, FRONT_DOOR);
        add(layers, 8, "mcp", "proxy", "bridge", "micrometer");
        add(layers, 9, "cli");
        return layers;
    }

    private static void add(Map<String, Integer> layers, int layer, String... parts) {
        for (String part : parts) {
            layers.put(part, layer);
        }
    }

    /** The part that a package belongs to: the row with the longest matching name; empty when no row matches. */
    Optional<String> partOf(String packageName) {
        if (packageName.equals(root)) {
            return Optional.of(FRONT_DOOR);
        }
        return LAYERS.keySet().stream()
                .filter(part -> !part.equals(FRONT_DOOR))
                .filter(part -> isWithin(packageName, root + "." + part))
                .max(Comparator.comparingInt(String::length));
    }

    /** Every class is in a package of the table. */
    ArchCondition<JavaClass> haveARow() {
        return new ArchCondition<>("be in a package that has a row in the layer table") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (partOf(type.getPackageName()).isEmpty()) {
                    events.add(SimpleConditionEvent.violated(type, type.getName() + " is in no package of the table"));
                }
            }
        };
    }

    /** Imports go down only. */
    ArchCondition<JavaClass> useLowerLayersOnly() {
        return new ArchCondition<>("use lower layers only") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    fault(dependency)
                            .ifPresent(why -> events.add(SimpleConditionEvent.violated(
                                    dependency, why + ": " + dependency.getDescription())));
                }
            }
        };
    }

    /** What is below an {@code internal} package is for the package above it, and for that package's part, alone. */
    ArchCondition<JavaClass> leaveInternalPackagesToTheirParents() {
        return new ArchCondition<>("leave internal packages to their parents") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    String target = dependency.getTargetClass().getPackageName();
                    Optional<String> owner = ownerOfInternal(target);
                    if (owner.isPresent() && !mayEnter(type.getPackageName(), owner.get())) {
                        events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                    }
                }
            }
        };
    }

    /** The package that cycles are counted in: an internal package counts as its parent. */
    String sliceOf(String packageName) {
        return ownerOfInternal(packageName).orElse(packageName);
    }

    private Optional<String> fault(Dependency dependency) {
        String origin = dependency.getOriginClass().getPackageName();
        String target = dependency.getTargetClass().getBaseComponentType().getPackageName();
        Optional<String> user = partOf(origin);
        Optional<String> used = partOf(target);
        if (user.isEmpty() || used.isEmpty() || user.equals(used)) {
            return Optional.empty();
        }
        return fault(user.get(), used.get());
    }

    private static Optional<String> fault(String user, String used) {
        if (LAYERS.get(used) > LAYERS.get(user)) {
            return Optional.of("up");
        }
        if (LAYERS.get(used).equals(LAYERS.get(user))) {
            return Optional.of("sideways");
        }
        if (ONLY.containsKey(user) && !ONLY.get(user).contains(used)) {
            return Optional.of("not on its short list");
        }
        if (NEVER.getOrDefault(user, Set.of()).contains(used)) {
            return Optional.of("forbidden");
        }
        return Optional.empty();
    }

    private boolean mayEnter(String visitor, String owner) {
        return isWithin(visitor, owner) && partOf(visitor).equals(partOf(owner));
    }

    private Optional<String> ownerOfInternal(String packageName) {
        int at = (packageName + ".").indexOf(".internal.");
        boolean ours = isWithin(packageName, root);
        return ours && at >= 0 ? Optional.of(packageName.substring(0, at)) : Optional.empty();
    }

    private static boolean isWithin(String packageName, String parent) {
        return packageName.equals(parent) || packageName.startsWith(parent + ".");
    }
}
