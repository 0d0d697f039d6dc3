package network.iicp.langchain4j;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Keeps the adapter thin: it validates, maps, calls and maps back. */
@Tag("architecture")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ArchitectureTest {

    private static JavaClasses ours;

    @BeforeAll
    static void read_the_compiled_classes() {
        ImportOption notTests = location -> !location.contains("/test-classes/");
        ours = new ClassFileImporter().withImportOption(notTests).importPackages("network.iicp.langchain4j");
    }

    @Test
    void there_is_no_HTTP_JSON_library_or_retry_in_here() {
        neverUses(
                "java.net.http..",
                "com.fasterxml.jackson..",
                "tools.jackson..",
                "org.eclipse.jetty..",
                "io.github.resilience4j..",
                "org.springframework.core.retry..",
                "org.springframework.web..");
    }

    @Test
    void the_other_framework_is_unknown() {
        neverUses("org.springframework..");
    }

    @Test
    void the_core_is_entered_by_its_doors() {
        neverUses("network.iicp..internal..", "network.iicp.transport..", "network.iicp.crypto..");
    }

    private static void neverUses(String... packages) {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages)
                .allowEmptyShould(true)
                .check(ours);
    }
}
