package network.iicp.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

/** Conditions on single classes: what they are called, what they show, whether they can be extended. */
final class Conventions {

    /** Libraries that we may replace without a caller noticing. */
    private static final List<String> HIDDEN =
            List.of("com.fasterxml.jackson", "org.bouncycastle", "org.eclipse.jetty");

    private Conventions() {}

    /** No type of a hidden library is in what the class shows to others. */
    static ArchCondition<JavaClass> showNoHiddenLibrary() {
        return new ArchCondition<>("show no type of Jackson, BouncyCastle or Jetty") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (JavaClass shown : shownBy(type)) {
                    if (HIDDEN.stream().anyMatch(shown.getPackageName()::startsWith)) {
                        events.add(SimpleConditionEvent.violated(type, type.getName() + " shows " + shown.getName()));
                    }
                }
            }
        };
    }

    /** A public class says whether it may be extended: final, a record, an enum, sealed, or an interface. */
    static ArchCondition<JavaClass> beClosedToSubclassingByAccident() {
        return new ArchCondition<>("be final, sealed, a record, an enum or an interface") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean closed = type.isInterface()
                        || type.isEnum()
                        || type.getModifiers().contains(JavaModifier.FINAL)
                        || type.reflect().isSealed();
                if (!closed) {
                    events.add(SimpleConditionEvent.violated(type, type.getName() + " can be extended by anyone"));
                }
            }
        };
    }

    /** The package of the class says that nothing in it is null unless marked. */
    static ArchCondition<JavaClass> liveInANullMarkedPackage() {
        return new ArchCondition<>("live in a package marked @NullMarked") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                Package home = type.reflect().getPackage();
                if (!home.isAnnotationPresent(NullMarked.class)) {
                    events.add(
                            SimpleConditionEvent.violated(type, home.getName() + " has no @NullMarked package-info"));
                }
            }
        };
    }

    /** Locks are {@code ReentrantLock}s: a monitor pins a virtual thread to its carrier on Java 21. */
    static ArchCondition<JavaClass> haveNoSynchronizedMethods() {
        return new ArchCondition<>("have no synchronized methods") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                type.getMethods().stream()
                        .filter(method -> method.getModifiers().contains(JavaModifier.SYNCHRONIZED))
                        .forEach(method -> events.add(SimpleConditionEvent.violated(type, method.getFullName())));
            }
        };
    }

    private static Set<JavaClass> shownBy(JavaClass type) {
        Set<JavaClass> shown = new LinkedHashSet<>();
        type.getSuperclass().ifPresent(parent -> shown.addAll(parent.getAllInvolvedRawTypes()));
        type.getInterfaces().forEach(parent -> shown.addAll(parent.getAllInvolvedRawTypes()));
        for (JavaCodeUnit unit : type.getCodeUnits()) {
            if (isShown(unit.getModifiers())) {
                shown.addAll(unit.getReturnType().getAllInvolvedRawTypes());
                for (JavaType parameter : unit.getParameterTypes()) {
                    shown.addAll(parameter.getAllInvolvedRawTypes());
                }
                unit.getThrowsClause().forEach(declared -> shown.add(declared.getRawType()));
            }
        }
        for (JavaField field : type.getFields()) {
            if (isShown(field.getModifiers())) {
                shown.addAll(field.getType().getAllInvolvedRawTypes());
            }
        }
        return shown;
    }

    private static boolean isShown(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }
}
