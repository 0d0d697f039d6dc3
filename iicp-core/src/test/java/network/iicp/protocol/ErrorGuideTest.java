package network.iicp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import network.iicp.documentation.Guide;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ErrorGuideTest {

    private static List<String> row(ErrorCode code) {
        IicpException exception = IicpException.of(IicpError.of(code, ErrorComponent.NODE, "for the guide"));
        return List.of(
                code.slug(),
                code.iicpCode().orElse(""),
                code.httpStatus() == 0 ? "" : String.valueOf(code.httpStatus()),
                code.retryable() ? "yes" : "no",
                exception.getClass().getSimpleName());
    }

    @Test
    void the_guide_lists_every_code_as_it_is() {
        List<List<String>> rows = Guide.read("errors.md").table("Codes");

        assertThat(rows.stream().map(cells -> cells.subList(0, 5)))
                .containsExactlyElementsOf(Arrays.stream(ErrorCode.values())
                        .map(ErrorGuideTest::row)
                        .toList());
        assertThat(rows).allSatisfy(cells -> assertThat(cells.get(5)).isNotBlank());
    }

    @Test
    void the_guide_explains_every_exception() {
        List<String> explained = Guide.read("errors.md").table("Exceptions").stream()
                .map(cells -> cells.get(0))
                .toList();

        assertThat(explained)
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(IicpException.class.getPermittedSubclasses())
                        .map(Class::getSimpleName)
                        .toList());
    }
}
