package network.iicp.spring.boot;

import java.net.URI;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * Where the directory of the mesh is. A bean of this type replaces {@code iicp.directory-url}: for a directory that the
 * application, or a test of it, starts itself.
 */
public interface IicpConnectionDetails extends ConnectionDetails {

    /** Returns the base URL of the directory, usually ending in {@code /api}. */
    URI directoryUrl();
}
