package network.iicp.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import network.iicp.protocol.Intent;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Holds the classes of this module to {@code docs/architecture.md}. */
@Tag("architecture")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ArchitectureTest {

    private static final String ROOT = "network.iicp";
    private static final LayerTable TABLE = new LayerTable(ROOT);

    private static JavaClasses ours;

    @BeforeAll
    static void read_the_compiled_classes() {
        ours = new ClassFileImporter()
                .importUrl(Intent.class.getProtectionDomain().getCodeSource().getLocation());
    }

    private static void holds(ArchRule rule) {
        rule.allowEmptyShould(true).check(ours);
    }

    @Nested
    class Layers {

        @Test
        void every_package_has_a_row_in_the_table() {
            holds(classes().should(TABLE.haveARow()));
        }

        @Test
        void imports_go_down_only() {
            holds(classes().should(TABLE.useLowerLayersOnly()));
        }

        @Test
        void internal_packages_belong_to_their_parents() {
            holds(classes().should(TABLE.leaveInternalPackagesToTheirParents()));
        }

        @Test
        void packages_form_no_cycles() {
            holds(slices().assignedFrom(packagesOf(TABLE)).should().beFreeOfCycles());
        }
    }

    @Nested
    class Libraries {

        @Test
        void Jackson_is_known_to_json_alone() {
            holds(knownOnlyTo("com.fasterxml..", ROOT + ".json.."));
        }

        @Test
        void BouncyCastle_is_known_to_crypto_alone() {
            holds(knownOnlyTo("org.bouncycastle..", ROOT + ".crypto.."));
        }

        @Test
        void Jetty_is_known_to_transport_alone() {
            holds(knownOnlyTo("org.eclipse.jetty..", ROOT + ".transport.."));
        }

        @Test
        void picocli_and_Logback_are_known_to_the_command_line_alone() {
            holds(knownOnlyTo("picocli..", ROOT + ".cli.."));
            holds(knownOnlyTo("ch.qos.logback..", ROOT + ".cli.."));
        }

        @Test
        void Micrometer_is_known_to_its_bridge_alone() {
            holds(knownOnlyTo("io.micrometer..", ROOT + ".micrometer.."));
        }

        @Test
        void none_of_them_is_in_a_public_signature() {
            holds(classes().that().arePublic().and(notInternal()).should(Conventions.showNoHiddenLibrary()));
        }

        @Test
        void the_vocabulary_and_JSON_do_no_input_or_output() {
            holds(noClasses()
                    .that()
                    .resideInAnyPackage(ROOT + ".protocol..", ROOT + ".json..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("java.net.http..", "java.nio.channels..", "java.nio.file.."));
        }

        @Test
        void only_the_layers_from_transport_up_know_HTTP() {
            holds(noClasses()
                    .that()
                    .resideInAnyPackage(ROOT + ".protocol..", ROOT + ".json..", ROOT + ".spi..", ROOT + ".crypto..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("java.net.http.."));
        }
    }

    @Nested
    class Habits {

        @Test
        void no_class_has_a_name_that_says_nothing() {
            holds(noClasses().should().haveNameMatching(".*(Utils?|Helpers?|Manager|Impl)(\\$.*)?"));
        }

        @Test
        void public_classes_are_not_extended_by_accident() {
            holds(classes()
                    .that()
                    .arePublic()
                    .and(notInternal())
                    .should(Conventions.beClosedToSubclassingByAccident()));
        }

        @Test
        void every_package_is_null_marked() {
            holds(classes().should(Conventions.liveInANullMarkedPackage()));
        }

        @Test
        void locks_are_not_monitors() {
            holds(classes().should(Conventions.haveNoSynchronizedMethods()));
        }

        @Test
        void only_the_command_line_touches_the_whole_process() {
            ArchRule rule = noClasses()
                    .that()
                    .resideOutsideOfPackage(ROOT + ".cli..")
                    .should()
                    .callMethod(System.class, "exit", int.class)
                    .orShould()
                    .callMethod(Runtime.class, "addShutdownHook", Thread.class)
                    .orShould()
                    .callMethod(System.class, "setProperty", String.class, String.class)
                    .orShould()
                    .accessField(System.class, "out")
                    .orShould()
                    .accessField(System.class, "err");
            holds(rule);
        }

        @Test
        void static_fields_are_constants() {
            holds(fields().that().areStatic().should().beFinal());
        }
    }

    static SliceAssignment packagesOf(LayerTable table) {
        return new SliceAssignment() {
            @Override
            public SliceIdentifier getIdentifierOf(JavaClass type) {
                return table.partOf(type.getPackageName()).isEmpty()
                        ? SliceIdentifier.ignore()
                        : SliceIdentifier.of(table.sliceOf(type.getPackageName()));
            }

            @Override
            public String getDescription() {
                return "packages";
            }
        };
    }

    private static ArchRule knownOnlyTo(String library, String owner) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(owner)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }

    private static DescribedPredicate<JavaClass> notInternal() {
        return DescribedPredicate.not(resideInAPackage("..internal.."));
    }
}
