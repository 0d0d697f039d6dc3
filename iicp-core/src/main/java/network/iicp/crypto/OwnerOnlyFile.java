package network.iicp.crypto;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small files with secrets in them: readable by their owner only, never half written. Safe for use by several threads and
 * processes at once.
 *
 * <p>A file is written beside its final place (created with mode 0600, on Windows with an access control list of the owner,
 * before the first byte), forced to disk and renamed. Directories that have to be made get mode 0700. A file found open to
 * others is restricted to its owner with a warning; where that is impossible it is refused, unless merely its group may read
 * it, as with secrets that an orchestrator mounts.
 */
public final class OwnerOnlyFile {

    /** Largest file read or written, 1 MiB. */
    public static final int MAX_BYTES = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(OwnerOnlyFile.class);
    private static final Duration LONGEST_LOCK_WAIT = Duration.ofSeconds(10);
    private static final Duration LOCK_POLL = Duration.ofMillis(2);

    private OwnerOnlyFile() {}

    /**
     * Reads a file.
     *
     * @param file where it is
     * @return its content, or empty if there is no such file
     * @throws ConfigurationException if it cannot be read, is no regular file, is larger than {@link #MAX_BYTES}, or is open
     *     to others and cannot be restricted
     */
    public static Optional<byte[]> read(Path file) {
        try {
            if (Files.notExists(file)) {
                return Optional.empty();
            }
            requireRegular(file);
            requirePrivate(file);
            return Optional.of(content(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw failure(
                    "cannot read the file %s: %s; it has to be a regular file that this user alone may read",
                    file, reason(e), e);
        }
    }

    /**
     * Writes a file, in place of what was there. Readers see the old or the new content, nothing between.
     *
     * @param file where; the directory is made if it does not exist
     * @param content what to write
     * @throws ConfigurationException if it cannot be written; what was there is unchanged
     * @throws IllegalArgumentException if the content is larger than {@link #MAX_BYTES}
     */
    public static void write(Path file, byte[] content) {
        requireSize(content);
        try {
            Path target = Files.isSymbolicLink(file) ? file.toRealPath() : file.toAbsolutePath();
            Path temporary = temporary(target, content);
            try {
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
            forceDirectory(target);
        } catch (IOException e) {
            throw cannotWrite(file, e);
        }
    }

    /**
     * Writes a file unless one is there already. Of several threads and processes that try at once, one succeeds.
     *
     * @param file where; the directory is made if it does not exist
     * @param content what to write
     * @return whether it was written; if not, a complete file of somebody else is there
     * @throws ConfigurationException if it cannot be written
     * @throws IllegalArgumentException if the content is larger than {@link #MAX_BYTES}
     */
    public static boolean create(Path file, byte[] content) {
        return create(file, content, Files::createLink);
    }

    static boolean create(Path file, byte[] content, Linker linker) {
        requireSize(content);
        try {
            Path target = file.toAbsolutePath();
            Path temporary = temporary(target, content);
            try {
                boolean created = place(temporary, target, linker);
                forceDirectory(target);
                return created;
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            throw cannotWrite(file, e);
        }
    }

    /** Gives a file a second name, atomically and only if that name is free. */
    @FunctionalInterface
    interface Linker {
        Path link(Path link, Path existing) throws IOException;
    }

    /** A rename would replace the other's file without a word; a hard link fails if the name is taken. */
    private static boolean place(Path temporary, Path target, Linker linker) throws IOException {
        try {
            linker.link(target, temporary);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (FileSystemException | UnsupportedOperationException e) {
            LOG.debug("no hard links beside {}, using a lock file", target.getFileName());
            return placeUnderLock(temporary, target);
        }
    }

    private static boolean placeUnderLock(Path temporary, Path target) throws IOException {
        Path lockFile = target.resolveSibling("." + target.getFileName() + ".lock");
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = lock(channel)) {
            if (!lock.isValid() || Files.exists(target)) {
                return false;
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            return true;
        }
    }

    /** File locks are held by processes: against other threads of this one the JDK only throws. */
    private static FileLock lock(FileChannel channel) throws IOException {
        long started = System.nanoTime();
        while (true) {
            try {
                return channel.lock();
            } catch (OverlappingFileLockException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException("interrupted while waiting for a lock");
                }
                if (System.nanoTime() - started > LONGEST_LOCK_WAIT.toNanos()) {
                    throw new IOException("another thread holds the lock", e);
                }
                LockSupport.parkNanos(LOCK_POLL.toNanos());
            }
        }
    }

    private static Path temporary(Path target, byte[] content) throws IOException {
        Path directory = target.getParent();
        if (directory == null) {
            throw new IOException("it names a directory");
        }
        Files.createDirectories(directory, OwnerAccess.ofNewDirectory(directory));
        Path temporary = Files.createTempFile(
                directory, "." + target.getFileName() + ".", ".tmp", OwnerAccess.ofNewFile(directory));
        try {
            OwnerAccess.restrictNew(temporary);
            force(temporary, content);
            return temporary;
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
    }

    private static void force(Path file, byte[] content) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
    }

    /** The rename itself shall survive a power cut. Not every system can force a directory; then the rename is still atomic. */
    private static void forceDirectory(Path target) {
        Path directory = target.getParent();
        if (directory == null || !OwnerAccess.isPosix(directory)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            LOG.debug("cannot force the directory of {} to disk: {}", target.getFileName(), reason(e));
        }
    }

    private static void requireRegular(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException("it is not a regular file");
        }
    }

    private static void requirePrivate(Path file) throws IOException {
        if (!OwnerAccess.isShared(file)) {
            return;
        }
        try {
            OwnerAccess.tighten(file);
        } catch (IOException e) {
            requireMountedSecret(file, e);
            return;
        }
        if (OwnerAccess.isShared(file)) {
            requireMountedSecret(file, new IOException("the file system does not keep permissions"));
            return;
        }
        LOG.warn(
                "the file {} was open to other users and is now restricted to its owner; if others could log in here, replace"
                        + " the secret in it",
                file.getFileName());
    }

    private static void requireMountedSecret(Path file, IOException cause) throws IOException {
        if (!OwnerAccess.isMountedSecret(Files.getPosixFilePermissions(file))) {
            throw new IOException("it is open to other users and cannot be restricted (chmod 600 it)", cause);
        }
        LOG.debug("the file {} is readable by its group and not ours to restrict", file.getFileName());
    }

    private static byte[] content(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(MAX_BYTES + 1);
            if (content.length > MAX_BYTES) {
                throw new IOException("it is larger than %d bytes".formatted(MAX_BYTES));
            }
            return content;
        }
    }

    private static void requireSize(byte[] content) {
        if (content.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "a file of %d bytes is too large, the limit is %d bytes".formatted(content.length, MAX_BYTES));
        }
    }

    private static ConfigurationException cannotWrite(Path file, IOException e) {
        return failure(
                "cannot write the file %s: %s; make its directory writable for this user or name another",
                file, reason(e), e);
    }

    private static ConfigurationException failure(String form, Path file, String reason, IOException cause) {
        return new ConfigurationException(
                IicpError.of(
                        ErrorCode.INVALID_CONFIG,
                        ErrorComponent.CLIENT,
                        form.formatted(Quoted.of(nameOf(file)), reason)),
                cause);
    }

    static String nameOf(Path file) {
        Path name = file.getFileName();
        return name == null ? file.toString() : name.toString();
    }

    /** The messages of the JDK begin with the whole path, which does not belong into ours. */
    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "access denied";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "something that is no directory is in the way";
        }
        if (e instanceof NoSuchFileException) {
            return "it leads to no existing place";
        }
        if (e instanceof FileSystemException fault) {
            String reason = fault.getReason();
            return reason == null ? fault.getClass().getSimpleName() : reason;
        }
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }
}
