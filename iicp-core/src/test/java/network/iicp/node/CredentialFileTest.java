package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CredentialFileTest {

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("credential.json");
    }

    @Test
    void what_a_directory_gave_is_found_again() {
        new CredentialFile(file()).save(new NodeCredential("token", "key"));
        assertThat(new CredentialFile(file()).load()).contains(new NodeCredential("token", "key"));

        new CredentialFile(file()).save(new NodeCredential("later", null));
        assertThat(new CredentialFile(file()).load()).contains(new NodeCredential("later", null));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void only_its_owner_can_read_it() throws IOException {
        new CredentialFile(file()).save(new NodeCredential("token", "key"));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @Test
    void nothing_is_kept_without_a_file() {
        CredentialFile none = new CredentialFile(null);
        none.save(new NodeCredential("token", null));

        assertThat(none.load()).isEmpty();
        assertThat(new CredentialFile(file()).load()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{\"version\":2,\"node_token\":\"t\"}",
                "{\"version\":1}",
                "{\"version\":1,\"node_token\":\" \"}",
                "{\"version\":1,\"node_token\":7}"
            })
    void a_damaged_file_is_like_none(String damaged) throws IOException {
        Files.writeString(file(), damaged);

        assertThat(new CredentialFile(file()).load()).isEmpty();
    }
}
