package network.iicp.crypto;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.AclFileAttributeView;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Who may read a file, in the terms of the file system at hand: POSIX permissions or an access control list. */
final class OwnerAccess {

    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> OWNER = DIRECTORY;

    private OwnerAccess() {}

    static FileAttribute<?>[] ofNewDirectory(Path directory) {
        return isPosix(directory)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(DIRECTORY)}
                : new FileAttribute<?>[0];
    }

    static FileAttribute<?>[] ofNewFile(Path file) {
        return isPosix(file)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(FILE)}
                : new FileAttribute<?>[0];
    }

    /**
     * Makes sure that a file just created, still empty, is the owner's alone.
     *
     * @throws IOException if the file system does not keep that
     */
    static void restrictNew(Path file) throws IOException {
        if (isPosix(file)) {
            if (!OWNER.containsAll(Files.getPosixFilePermissions(file))) {
                throw new IOException("the file system does not keep permissions");
            }
            return;
        }
        AclFileAttributeView acl = Files.getFileAttributeView(file, AclFileAttributeView.class);
        if (acl != null) {
            acl.setAcl(List.of(AclEntry.newBuilder()
                    .setType(AclEntryType.ALLOW)
                    .setPrincipal(acl.getOwner())
                    .setPermissions(EnumSet.allOf(AclEntryPermission.class))
                    .build()));
        }
    }

    /**
     * Whether others than the owner have any access. Access control lists are not looked at: below a user's directory they
     * admit the user and the administrators, and what we write is restricted when it is written.
     */
    static boolean isShared(Path file) throws IOException {
        return isPosix(file) && !OWNER.containsAll(Files.getPosixFilePermissions(file));
    }

    /** Takes all access away from others than the owner, who keeps what there was. */
    static void tighten(Path file) throws IOException {
        Set<PosixFilePermission> kept = EnumSet.noneOf(PosixFilePermission.class);
        kept.addAll(Files.getPosixFilePermissions(file));
        kept.retainAll(OWNER);
        Files.setPosixFilePermissions(file, kept);
    }

    /**
     * Whether the permissions are those of a secret that an orchestrator mounts for a process which is not its owner: the
     * group may read, and that is all.
     */
    static boolean isMountedSecret(Set<PosixFilePermission> permissions) {
        Set<PosixFilePermission> others = EnumSet.noneOf(PosixFilePermission.class);
        others.addAll(permissions);
        others.removeAll(OWNER);
        return others.equals(EnumSet.of(PosixFilePermission.GROUP_READ));
    }

    static boolean isPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
