package network.iicp.spring.boot;

/** Neither a property nor a bean says where the directory is. */
final class MissingDirectoryUrlException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    MissingDirectoryUrlException() {
        super("iicp.directory-url is not set, and there is no bean of type IicpConnectionDetails");
    }
}
