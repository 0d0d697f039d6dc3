package network.iicp.node;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps two processes from running the same node: each registration gives the node a new token, so that they would shut each other out
 * without end. Held is a lock of the operating system on {@code <node id>.lock}, which ends with the process however that ends; beside it
 * {@code <node id>.pid} names the process, for official nodes and for people.
 */
final class InstanceLock implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(InstanceLock.class);
    private static final int LONGEST_PID = 32;

    private final Path pidFile;
    private final @Nullable FileChannel channel;

    private InstanceLock(Path pidFile, @Nullable FileChannel channel) {
        this.pidFile = pidFile;
        this.channel = channel;
    }

    /**
     * Takes the lock of a node.
     *
     * @param folder where locks are; made if it is not there
     * @param nodeId which node
     * @param force takes the node over from whoever has it
     * @throws ConfigurationException if another process, or another node of this one, has it, or the folder cannot be used
     */
    static InstanceLock take(Path folder, String nodeId, boolean force) {
        String name = nodeId.replace(':', '_');
        Path pidFile = folder.resolve(name + ".pid");
        try {
            Files.createDirectories(folder);
            FileChannel channel = FileChannel.open(
                    folder.resolve(name + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            boolean locked = lock(channel);
            OptionalLong other = otherProcess(pidFile);
            boolean taken = !locked || other.isPresent();
            if (taken && !force) {
                channel.close();
                throw heldBy(nodeId, other);
            }
            if (taken) {
                log.warn("node {} is taken over from {}", nodeId, describe(other));
            }
            Files.writeString(pidFile, Long.toString(ProcessHandle.current().pid()));
            if (!locked) {
                channel.close();
            }
            return new InstanceLock(pidFile, locked ? channel : null);
        } catch (IOException e) {
            throw new ConfigurationException(
                    error("the lock of node %s cannot be taken in its folder: %s"
                            .formatted(nodeId, e.getClass().getSimpleName())),
                    e);
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // another node of this process has it
        }
    }

    /** Returns the process that the file names, if it lives and is another one. */
    private static OptionalLong otherProcess(Path pidFile) throws IOException {
        if (!Files.exists(pidFile) || Files.size(pidFile) > LONGEST_PID) {
            return OptionalLong.empty();
        }
        String text = Files.readString(pidFile, StandardCharsets.US_ASCII).strip();
        if (!text.matches("[1-9][0-9]{0,17}")) {
            return OptionalLong.empty();
        }
        long pid = Long.parseLong(text);
        boolean lives = ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
        return lives && pid != ProcessHandle.current().pid() ? OptionalLong.of(pid) : OptionalLong.empty();
    }

    private static ConfigurationException heldBy(String nodeId, OptionalLong process) {
        return new ConfigurationException(error("node %s is run by %s already; stop that one, or take over with force"
                .formatted(nodeId, describe(process))));
    }

    private static String describe(OptionalLong process) {
        return process.isPresent() ? "process " + process.getAsLong() : "another node of this process";
    }

    private static IicpError error(String message) {
        return IicpError.of(ErrorCode.INVALID_CONFIG, ErrorComponent.NODE, message);
    }

    /** Gives the lock back, and removes the file that names this process unless another has taken over. */
    @Override
    public void close() {
        try {
            if (channel != null) {
                channel.close();
            }
            String own = Long.toString(ProcessHandle.current().pid());
            if (Files.exists(pidFile) && Files.readString(pidFile).strip().equals(own)) {
                Files.delete(pidFile);
            }
        } catch (IOException e) {
            log.warn("the lock {} could not be given back cleanly: {}", pidFile.getFileName(), e.toString());
        }
    }
}
