package dev.henge.chaos;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.henge.storage.version.Mutant;
import dev.henge.storage.version.Rules;
import java.nio.channels.FileChannel;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows between the rooms, and who may name an adapter. */
class ArchitectureTest {

  private static final String[] PROTOCOL = {"dev.henge.ring.replica..", "dev.henge.ring.coordinator..",
      "dev.henge.ring.placement..", "dev.henge.storage.type..", "dev.henge.storage.row..",
      "dev.henge.storage.version.."};

  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .withImportOption(location -> !location.contains("-tests.jar"))
        .importPackages("dev.henge.storage", "dev.henge.gossip", "dev.henge.ring", "dev.henge.resp", "dev.henge.node");
  }

  // ---------------------------------------------------------------- arrows

  @Test
  void storageAndGossipKnowNobody() {
    noClasses().that().resideInAPackage("dev.henge.storage..").should().dependOnClassesThat()
        .resideInAnyPackage("dev.henge.gossip..", "dev.henge.ring..", "dev.henge.resp..", "dev.henge.node..")
        .check(classes);
    noClasses().that().resideInAPackage("dev.henge.gossip..").should().dependOnClassesThat()
        .resideInAnyPackage("dev.henge.storage..", "dev.henge.ring..", "dev.henge.resp..", "dev.henge.node..")
        .check(classes);
  }

  @Test
  void ringDoesNotKnowTheNode() {
    noClasses().that().resideInAPackage("dev.henge.ring..").should().dependOnClassesThat()
        .resideInAnyPackage("dev.henge.resp..", "dev.henge.node..").check(classes);
  }

  @Test
  void codecsAndCommandsDoNotKnowTheSession() {
    noClasses().that().resideInAPackage("dev.henge.resp.codec..").should().dependOnClassesThat()
        .resideInAnyPackage("dev.henge.resp.command..", "dev.henge.resp.session..", "dev.henge.node..").check(classes);
    noClasses().that().resideInAPackage("dev.henge.resp.command..").should().dependOnClassesThat()
        .resideInAnyPackage("dev.henge.resp.session..", "dev.henge.node..").check(classes);
  }

  // ---------------------------------------------------------------- adapters

  private static void onlyIn(String library, String... owners) {
    noClasses().that().resideOutsideOfPackages(owners).should().dependOnClassesThat().resideInAPackage(library)
        .check(classes);
  }

  @Test
  void librariesAreNamedOnlyByTheirAdapters() {
    onlyIn("io.netty..", "dev.henge.gossip.wire..", "dev.henge.resp.session..", "dev.henge.node..");
    onlyIn("io.atomix..", "dev.henge.gossip.membership..");
    onlyIn("com.esotericsoftware..", "dev.henge.gossip.wire..");
    onlyIn("org.mapdb..", "dev.henge.storage.lsm..");
    onlyIn("picocli..", "dev.henge.node.cli..");
  }

  @Test
  void nettyIsNamedByTheConnectionAloneInTheSession() {
    noClasses().that().resideInAPackage("dev.henge.resp.session..").and().doNotHaveSimpleName("Connection")
        .and(new DescribedPredicate<JavaClass>("are not inner classes of it") {
          @Override
          public boolean test(JavaClass type) {
            return !type.getName().startsWith("dev.henge.resp.session.Connection$");
          }
        }).should().dependOnClassesThat().resideInAPackage("io.netty..").check(classes);
  }

  @Test
  void filesAreOpenedOnlyWhereTheyAreOwned() {
    noClasses().that()
        .resideOutsideOfPackages("dev.henge.storage.lsm..", "dev.henge.node..", "dev.henge.gossip.membership..")
        .should().dependOnClassesThat().resideInAPackage("java.nio.file..")
        .orShould().dependOnClassesThat().belongToAnyOf(FileChannel.class, java.io.File.class,
            java.io.FileInputStream.class, java.io.FileOutputStream.class, java.io.RandomAccessFile.class)
        .check(classes);
  }

  // ---------------------------------------------------------------- protocol logic is a pure state machine

  @Test
  void protocolLogicTakesTimeAndChanceByConstructor() {
    noClasses().that().resideInAnyPackage(PROTOCOL)
        .should().callMethod(System.class, "currentTimeMillis")
        .orShould().callMethod(System.class, "nanoTime")
        .orShould().callConstructor(Random.class)
        .orShould().callConstructor(java.util.SplittableRandom.class)
        .orShould().callMethod(Math.class, "random")
        .orShould().callMethod(java.util.UUID.class, "randomUUID")
        .orShould().dependOnClassesThat().belongToAnyOf(ThreadLocalRandom.class, java.security.SecureRandom.class,
            java.time.Clock.class, java.time.Instant.class)
        .check(classes);
  }

  /**
   * Sets and maps whose order differs from run to run; who needs one of them for look-ups alone says so by another
   * class.
   */
  @Test
  void protocolLogicWalksNothingInAnOrderThatDiffers() {
    noClasses().that().resideInAnyPackage(PROTOCOL).and().doNotHaveFullyQualifiedName("dev.henge.storage.type.KeyDump")
        .should().callMethodWhere(new DescribedPredicate<JavaMethodCall>("makes a Set.of or a Map.of of several") {
          @Override
          public boolean test(JavaMethodCall call) {
            boolean collection = call.getTargetOwner().isEquivalentTo(java.util.Set.class)
                || call.getTargetOwner().isEquivalentTo(java.util.Map.class);
            String name = call.getName();
            return collection && (name.equals("of") || name.equals("ofEntries") || name.equals("copyOf"))
                && !call.getTarget().getRawParameterTypes().isEmpty();
          }
        })
        .orShould().callConstructor(java.util.IdentityHashMap.class)
        .check(classes);
  }

  @Test
  void noNodeBreaksARule() {
    noClasses().should().callMethod(Rules.class, "breaking", Mutant.class)
        .orShould().dependOnClassesThat().resideInAPackage("dev.henge.chaos..").check(classes);
  }

  @Test
  void protocolLogicHasNoThreads() {
    noClasses().that().resideInAnyPackage(PROTOCOL).should().dependOnClassesThat()
        .belongToAnyOf(Thread.class, java.util.Timer.class)
        .orShould().dependOnClassesThat().resideInAPackage("java.util.concurrent..")
        .check(classes);
  }
}
