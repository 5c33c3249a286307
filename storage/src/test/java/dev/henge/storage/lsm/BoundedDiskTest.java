package dev.henge.storage.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundedDiskTest {

    @TempDir
    Path dir;

    @Test
    void manyFilesAreReadWithFewOpen() throws IOException {
        BoundedDisk disk = new BoundedDisk(Disk.real(), 5);
        Disk.DiskFile[] files = new Disk.DiskFile[40];
        for (int i = 0; i < files.length; i++) {
            Path path = dir.resolve("file-" + i);
            Files.write(path, new byte[] {(byte) i, 1, 2});
            files[i] = disk.openToRead(path);
        }
        assertEquals(0, disk.openFiles());
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            int number = random.nextInt(files.length);
            ByteBuffer into = ByteBuffer.allocate(1);
            assertEquals(1, files[number].read(into, 0));
            assertEquals(number, into.get(0));
            assertEquals(3, files[number].size());
            assertTrue(disk.openFiles() <= 5);
        }
        assertEquals(5, disk.openFiles());
        assertThrows(UnsupportedOperationException.class, () -> files[0].append(ByteBuffer.allocate(1)));
        for (Disk.DiskFile file : files) {
            file.close();
        }
        assertEquals(0, disk.openFiles());
        assertThrows(IOException.class, () -> files[0].read(ByteBuffer.allocate(1), 0));
    }

    @Test
    void readersFromManyThreadsDoNotCloseEachOthersFiles() throws Exception {
        BoundedDisk disk = new BoundedDisk(Disk.real(), 2);
        Disk.DiskFile[] files = new Disk.DiskFile[6];
        for (int i = 0; i < files.length; i++) {
            Path path = dir.resolve("file-" + i);
            Files.write(path, new byte[] {(byte) i});
            files[i] = disk.openToRead(path);
        }
        Thread[] threads = new Thread[4];
        Throwable[] failures = new Throwable[threads.length];
        for (int t = 0; t < threads.length; t++) {
            int number = t;
            threads[t] = new Thread(() -> {
                Random random = new Random(number);
                try {
                    for (int i = 0; i < 3000; i++) {
                        int file = random.nextInt(files.length);
                        ByteBuffer into = ByteBuffer.allocate(1);
                        assertEquals(1, files[file].read(into, 0));
                        assertEquals(file, into.get(0));
                    }
                } catch (Throwable e) {
                    failures[number] = e;
                }
            });
            threads[t].start();
        }
        for (int t = 0; t < threads.length; t++) {
            threads[t].join(60_000);
            if (failures[t] != null) {
                throw new AssertionError("thread " + t, failures[t]);
            }
        }
        assertTrue(disk.openFiles() <= 2);
    }
}
