package network.iicp.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.regex.Pattern;
import network.iicp.architecture.fixture.FrontDoor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Shows that the rules bite, on a small source tree that breaks each of them once. */
@Tag("architecture")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ArchitectureRulesTest {

    private static final String ROOT = FrontDoor.class.getPackageName();
    private static final LayerTable TABLE = new LayerTable(ROOT);

    private static final Pattern OFFENDERS = Pattern.compile(
            "fixture\\.(protocol\\.Wish|spi\\.Neighbour|directory\\.Lookup|directory\\.server\\.Store|iacp\\.Foreign)\\b");

    private static JavaClasses fixture;

    @BeforeAll
    static void read_the_fixture() {
        fixture = new ClassFileImporter().importPackages(ROOT);
    }

    @Test
    void every_wrong_direction_is_named_and_nothing_else() {
        List<String> faults = faultsOf(TABLE.useLowerLayersOnly());

        assertThat(faults).anyMatch(fault -> fault.startsWith("up: ") && fault.contains(".protocol.Wish"));
        assertThat(faults).anyMatch(fault -> fault.startsWith("sideways: ") && fault.contains(".spi.Neighbour"));
        assertThat(faults).anyMatch(fault -> fault.startsWith("up: ") && fault.contains(".directory.Lookup"));
        assertThat(faults)
                .anyMatch(fault -> fault.startsWith("forbidden: ") && fault.contains(".directory.server.Store"));
        assertThat(faults)
                .anyMatch(fault -> fault.startsWith("not on its short list: ") && fault.contains(".iacp.Foreign"));
        assertThat(faults).allMatch(fault -> OFFENDERS.matcher(fault).find());
        assertThat(faults)
                .noneMatch(fault -> fault.startsWith("not on its short list: ")
                        && fault.contains(" type <" + ROOT + ".crypto.Secret>"));
    }

    @Test
    void a_package_without_a_row_is_named() {
        assertThat(faultsOf(TABLE.haveARow())).singleElement().asString().contains("attic.Stray");
    }

    @Test
    void internals_open_to_their_parent_only() {
        List<String> faults = faultsOf(TABLE.leaveInternalPackagesToTheirParents());

        assertThat(faults).isNotEmpty().allMatch(fault -> fault.contains("fixture.client.Route"));
    }

    @Test
    void a_cycle_inside_one_part_is_found() {
        ArchRule rule = slices().assignedFrom(ArchitectureTest.packagesOf(TABLE))
                .should()
                .beFreeOfCycles();

        assertThat(rule.evaluate(fixture).getFailureReport().getDetails())
                .anyMatch(fault -> fault.contains("relay.There") && fault.contains("relay.session.Back"));
    }

    @Test
    void a_hidden_library_is_seen_through_type_parameters() {
        assertThat(faultsOf(Conventions.showNoHiddenLibrary()))
                .singleElement()
                .asString()
                .contains("transport.Connection shows com.fasterxml.jackson.core.JsonParser");
    }

    @Test
    void a_class_open_to_subclassing_is_named() {
        assertThat(faultsOf(Conventions.beClosedToSubclassingByAccident()))
                .singleElement()
                .asString()
                .contains("transport.Connection");
    }

    @Test
    void a_package_without_null_marking_is_named() {
        assertThat(faultsOf(Conventions.liveInANullMarkedPackage()))
                .anyMatch(fault -> fault.startsWith(ROOT + ".crypto has no"));
    }

    private static List<String> faultsOf(ArchCondition<JavaClass> condition) {
        return classes().should(condition).evaluate(fixture).getFailureReport().getDetails();
    }
}
